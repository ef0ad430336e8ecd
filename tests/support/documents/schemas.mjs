// Validators of the schemas in a committed API document.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { ROOT } from "../../../scripts/lib/root.mjs";

/** A document of schema/api. Its schemas are compiled when they are first used. */
export class Document {
  #ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true, validateFormats: true, logger: false });

  /** @param {string} name the file's name without its extension */
  constructor(name) {
    this.name = name;
    this.root = JSON.parse(readFileSync(join(ROOT, `schema/api/${name}.json`), "utf8"));
    addFormats(this.#ajv);
    // A string that contains JSON is validated as the value that it contains.
    this.#ajv.removeKeyword("contentSchema");
    this.#ajv.addKeyword({
      keyword: "contentSchema",
      type: "string",
      compile: (schema) => this.#ofContent(schema),
      errors: "full",
    });
    this.#ajv.addSchema(closed(structuredClone(this.root)), name);
  }

  /** The value at a JSON pointer, such as "/components/schemas/Room", with the pointer; follows one reference. */
  at(pointer) {
    const value = pointer
      .slice(1)
      .split("/")
      .reduce((part, key) => part?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], this.root);
    return value?.$ref === undefined ? { pointer, value } : this.at(value.$ref.slice(1));
  }

  /** What is wrong with a value that should match the schema at a JSON pointer; additional fields are wrong too. */
  faults(pointer, value) {
    const validate = this.#ajv.getSchema(`${this.name}#${encodeURI(pointer)}`);
    if (validate === undefined) throw new Error(`${this.name} has no schema at ${pointer}`);
    return validate(value) ? [] : validate.errors.map(explained);
  }

  #ofContent({ $ref }) {
    const matches = (text) => {
      const faults = this.#contentFaults($ref.slice(1), text);
      matches.errors = faults.map((message) => ({ message, params: {} }));
      return faults.length === 0;
    };
    return matches;
  }

  #contentFaults(pointer, text) {
    try {
      return this.faults(pointer, JSON.parse(text));
    } catch (error) {
      return [`contains no JSON: ${error.message}`];
    }
  }
}

/** A JSON pointer's part for a key. */
export function part(key) {
  return `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function explained({ instancePath, message, params }) {
  return `${instancePath || "the value"} ${message} ${JSON.stringify(params)}`;
}

/** Forbids additional properties, recursively; the parts of a choice that has properties of its own stay open. */
function closed(schema, mayClose = true) {
  if (typeof schema !== "object" || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map((inner) => closed(inner, mayClose));
  const hasProperties = typeof schema.properties === "object" && typeof schema.type === "string";
  const isMixed = hasProperties && (schema.oneOf !== undefined || schema.anyOf !== undefined);
  for (const [name, inner] of Object.entries(schema)) closed(inner, !(isMixed && ["oneOf", "anyOf"].includes(name)));
  if (hasProperties && !isMixed && mayClose) schema.additionalProperties ??= false;
  return schema;
}
