// JSON that JSON.stringify cannot write: numbers as literal text, and objects with duplicate fields.

/** Literal text. */
export class Raw {
  constructor(text) {
    this.text = text;
  }
}

/** An object as ordered fields, whose names may repeat. */
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

/** Objects, or lists, nested to this depth. */
export function nested(depth, isList) {
  const [open, close] = isList ? ["[", "]"] : ['{"a":', "}"];
  return new Raw(`${open.repeat(depth)}${isList ? "" : "1"}${close.repeat(depth)}`);
}
