// Differences between two versions of a JSON Schema that break clients, by the rules of docs/versioning.md.

/** Limits that a request may not be narrowed by: whether a new value is narrower than the old one. */
const LIMITS = {
  maximum: (before, after) => after < before,
  exclusiveMaximum: (before, after) => after < before,
  maxLength: (before, after) => after < before,
  maxItems: (before, after) => after < before,
  maxProperties: (before, after) => after < before,
  minimum: (before, after) => after > before,
  exclusiveMinimum: (before, after) => after > before,
  minLength: (before, after) => after > before,
  minItems: (before, after) => after > before,
  minProperties: (before, after) => after > before,
  pattern: (before, after) => after !== before,
  format: (before, after) => after !== before,
  uniqueItems: (before, after) => after && !before,
};

/** Compares the schemas of two versions of a document. */
export class SchemaComparison {
  #seen = new Set();

  /** @param {object} before @param {object} after the documents, in which references are looked up */
  constructor(before, after) {
    Object.assign(this, { before, after });
  }

  /**
   * What breaks clients.
   * @param {"request" | "response"} direction a request is written by clients, a response is read by them
   * @param {object} before the released schema
   * @param {object} after the present one
   * @param {string} place where the value is, for the descriptions
   * @returns {string[]}
   */
  changes(direction, before, after, place) {
    const pair = `${direction} ${JSON.stringify(before)} ${JSON.stringify(after)}`;
    // A recursive schema refers to a pair that is already being compared.
    if (before.$ref !== undefined && after.$ref !== undefined) {
      if (this.#seen.has(pair)) return [];
      this.#seen.add(pair);
    }
    const found = this.#compare(direction, merged(this.before, before), merged(this.after, after), place);
    this.#seen.delete(pair);
    return found;
  }

  #compare(direction, before, after, place) {
    return [
      ...typeChanges(direction, before, after, place),
      ...valueChanges(direction, before, after, place),
      ...this.#propertyChanges(direction, before, after, place),
      ...this.#inner(direction, before.items, after.items, `${place}[]`),
      ...this.#inner(direction, before.contentSchema, after.contentSchema, place),
      ...this.#inner(direction, before.additionalProperties, after.additionalProperties, `${place}.*`),
      ...this.#variantChanges(direction, before, after, place),
      ...(direction === "request" ? limitChanges(before, after, place) : []),
    ];
  }

  #inner(direction, before, after, place) {
    const areSchemas = [before, after].every((schema) => typeof schema === "object" && schema !== null);
    return areSchemas ? this.changes(direction, before, after, place) : [];
  }

  #propertyChanges(direction, before, after, place) {
    const [old, present] = [before.properties ?? {}, after.properties ?? {}];
    const changes = Object.entries(old).flatMap(([name, schema]) => {
      if (present[name] !== undefined) return this.changes(direction, schema, present[name], `${place}.${name}`);
      const isStillTaken = direction === "request" && after.additionalProperties !== false;
      return isStillTaken ? [] : [`${place}.${name} was removed`];
    });
    const [required, requiredNow] = [new Set(before.required), new Set(after.required)];
    const more = [...requiredNow].filter((name) => direction === "request" && !required.has(name));
    const fewer = [...required].filter((name) => direction === "response" && present[name] && !requiredNow.has(name));
    return [
      ...changes,
      ...more.map((name) => `${place}.${name} became required`),
      ...fewer.map((name) => `${place}.${name} can be absent`),
    ];
  }

  #variantChanges(direction, before, after, place) {
    const [old, present] = [variants(this.before, before), variants(this.after, after)];
    if (old === undefined || present === undefined) return [];
    const changes = [...old].flatMap(([name, schema]) => {
      if (present.has(name)) return this.changes(direction, schema, present.get(name), place);
      return direction === "request" ? [`${place} cannot be ${name} any more`] : [];
    });
    const isNullable = direction === "response" && present.has("null") && !old.has("null");
    return isNullable ? [...changes, `${place} can be null`] : changes;
  }
}

function typeChanges(direction, before, after, place) {
  const [old, present] = [typesOf(before), typesOf(after)];
  if (old === undefined && present === undefined) return [];
  if (direction === "request") {
    if (present === undefined || old?.every((type) => present.includes(type))) return [];
    return [`${place} has to be ${present.join(" or ")}; it could be ${old?.join(" or ") ?? "anything"}`];
  }
  if (old === undefined || present?.every((type) => old.includes(type))) return [];
  return [`${place} can be ${present?.join(" or ") ?? "anything"}; it was ${old.join(" or ")}`];
}

/** An additional value of a response is no breaking change: clients ignore values that they do not know. */
function valueChanges(direction, before, after, place) {
  const [old, present] = [valuesOf(before), valuesOf(after)];
  if (present === undefined) return [];
  const removed = (old ?? []).filter((value) => !present.includes(value));
  if (direction === "response") {
    const isOther = before.const !== undefined && removed.length > 0;
    return isOther ? [`${place} is ${JSON.stringify(present)} instead of ${JSON.stringify(old)}`] : [];
  }
  if (old === undefined) return [`${place} has to be one of ${JSON.stringify(present)}`];
  return removed.map((value) => `${place} cannot be ${JSON.stringify(value)} any more`);
}

function limitChanges(before, after, place) {
  const narrowed = Object.entries(LIMITS).filter(([name, isNarrower]) => {
    if (after[name] === undefined) return false;
    return before[name] === undefined || isNarrower(before[name], after[name]);
  });
  const closed = before.additionalProperties !== false && after.additionalProperties === false;
  return [
    ...narrowed.map(([name]) => `${place}: ${name} is ${after[name]}; it was ${before[name] ?? "not limited"}`),
    ...(closed ? [`${place} may have no unknown field any more`] : []),
  ];
}

/** A schema with what it refers to and combines by `allOf`. */
function merged(document, schema) {
  if (schema.$ref !== undefined) {
    const { $ref, ...own } = schema;
    return merged(document, { ...at(document, $ref), ...own });
  }
  if (schema.allOf === undefined) return schema;
  const { allOf, ...own } = schema;
  const parts = [...allOf.map((part) => merged(document, part)), own];
  return {
    ...Object.assign({}, ...parts),
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required = [] }) => required),
  };
}

/** What a local reference stands for; undefined if the document does not have it. */
export function at(document, reference) {
  const keys = reference.slice(2).split("/");
  return keys.reduce((part, key) => part?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], document);
}

function typesOf({ type, anyOf, oneOf }) {
  if (type === undefined || anyOf !== undefined || oneOf !== undefined) return undefined;
  return [type].flat();
}

function valuesOf(schema) {
  return schema.const === undefined ? schema.enum : [schema.const];
}

/** Alternatives by a name that both versions of a document share: their reference, constant, title or type. */
function variants(document, { anyOf, oneOf }) {
  const all = anyOf ?? oneOf;
  return all && new Map(all.map((variant, index) => [variantName(document, variant) ?? String(index), variant]));
}

function variantName(document, variant) {
  if (variant.$ref !== undefined) return variant.$ref.split("/").at(-1);
  if (variant.const !== undefined) return JSON.stringify(variant.const);
  const { properties = {}, type, title } = merged(document, variant);
  const named = [properties.type, properties.event].find((field) => field?.const !== undefined);
  return named?.const ?? title ?? (typeof type === "string" ? type : undefined);
}
