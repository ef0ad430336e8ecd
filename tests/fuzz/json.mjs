// JSON that JSON.stringify cannot write: numbers as they stand in the text, and objects that name a field twice.

/** Stands in the text as it is. */
export class Raw {
  constructor(text) {
    this.text = text;
  }
}

/** An object by its fields in order, whose names may come again. */
export class Pairs {
  /** @param {[string, unknown][]} list */
  constructor(list) {
    this.list = list;
  }
}

/** An object, or a list of pairs, as a list of pairs. */
export function pairsOf(value) {
  return value instanceof Pairs ? value.list : Object.entries(value);
}

export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Raw);
}

/** The text of a value. */
export function write(value) {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (isObject(value)) {
    const fields = pairsOf(value).filter(([, one]) => one !== undefined);
    return `{${fields.map(([name, one]) => `${JSON.stringify(name)}:${write(one)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** An object inside of an object, so many deep; or lists. */
export function nested(depth, isList) {
  const [open, close] = isList ? ["[", "]"] : ['{"a":', "}"];
  return new Raw(`${open.repeat(depth)}${isList ? "" : "1"}${close.repeat(depth)}`);
}
