// JSON Schemas as lists of fields.
import { html } from "./html.mjs";
import { inline } from "./markdown.mjs";

const PREFIX = "#/components/schemas/";
/** Levels of fields inside fields that are written out; deeper ones are links. */
const DEEPEST = 3;

/** Name of the schema that a reference leads to. */
export function nameOf(reference) {
  return reference.startsWith(PREFIX) ? reference.slice(PREFIX.length) : undefined;
}

/** Anchor of a named schema on the page of schemas. */
export function schemaAnchor(name) {
  return `schema-${name}`;
}

/** Writes schemas of one document, whose named ones are on a page of their own. */
export class SchemaWriter {
  /** @param {Record<string, object>} schemas by name @param {string} page address of the page of named schemas */
  constructor(schemas, page) {
    this.schemas = schemas;
    this.page = page;
  }

  /** A link to a named schema. */
  link(name) {
    return html`<a href="${this.page}#${schemaAnchor(name)}">${name}</a>`;
  }

  /** The type in a few words, with links to named schemas. */
  type(schema) {
    if (schema.$ref) return this.link(nameOf(schema.$ref));
    if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
    if (schema.enum) return alternatives(schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`));
    const parts = schema.anyOf ?? schema.oneOf?.filter((part) => !isOnlyRequired(part));
    if (parts?.length > 0) return alternatives(parts.map((part) => this.type(part)));
    if (schema.allOf) return alternatives(schema.allOf.slice(0, 1).map((part) => this.type(part)));
    if (schema.contentSchema) return html`string with JSON of ${this.type(schema.contentSchema)}`;
    const types = [schema.type ?? "any"].flat();
    return alternatives(types.map((type) => this.#simple(type, schema)));
  }

  #simple(type, schema) {
    if (type === "array" && schema.items) return html`array of ${this.type(schema.items)}`;
    if (type === "any" && schema.properties) return "object";
    if (type === "string" && schema.format) return `string (${schema.format})`;
    return type;
  }

  /** The schema itself: what it is, and its fields. A reference is followed. */
  body(schema, level = 0) {
    if (schema.$ref) {
      const name = nameOf(schema.$ref);
      return html`<p class="schema-name">${this.link(name)}</p>${this.body(this.schemas[name], level)}`;
    }
    if (schema.type === "array" && schema.items && hasFields(this.#resolved(schema.items))) {
      return html`<p>An array; each item:</p>${this.body(schema.items, level)}`;
    }
    const about = schema.description && html`<p>${inline(schema.description)}</p>`;
    return html`${about}${this.parts(schema, level)}`;
  }

  /** Fields, variants and limits, without the description. */
  parts(schema, level) {
    const fields = Object.entries(schema.properties ?? {});
    const required = new Set(schema.required ?? []);
    const variants = [schema.oneOf, schema.anyOf].flatMap((parts) => parts ?? []);
    const isObject = fields.length > 0 || variants.some((part) => hasFields(this.#resolved(part)));
    if (!isObject && !schema.allOf) return html`<p class="type-line">${this.type(schema)}${limits(schema)}</p>`;
    return html`${fields.length > 0 && this.#fields(fields, required, level)}
${this.#variants(variants, level)}${(schema.allOf ?? []).map((part) => this.body(part, level))}${others(schema)}`;
  }

  #fields(fields, required, level) {
    return html`<dl class="fields">${fields.map(([name, field]) => this.#field(name, field, required.has(name), level))}</dl>`;
  }

  #field(name, field, isRequired, level) {
    const inner = this.#inner(field, level);
    return html`<div><dt><code class="field-name">${name}</code> <span class="type">${this.type(field)}</span>
${isRequired && html`<span class="required">required</span>`}</dt>
<dd>${field.description && html`<p>${inline(field.description)}</p>`}${limits(field)}${inner}</dd></div>`;
  }

  /** The fields of an unnamed object inside a field. */
  #inner(field, level) {
    const schema = field.type === "array" && field.items ? field.items : (field.contentSchema ?? field);
    if (schema.$ref || !hasFields(schema)) return undefined;
    if (level >= DEEPEST) return html`<p>An object.</p>`;
    return this.parts(schema, level + 1);
  }

  #variants(variants, level) {
    const needs = variants.filter(isOnlyRequired).map(({ required }) => required.join(" and "));
    const shapes = variants.filter((part) => !isOnlyRequired(part));
    const needed =
      needs.length > 0 && html`<p>Needs ${alternatives(needs.map((name) => html`<code>${name}</code>`))}.</p>`;
    if (shapes.length === 0) return needed;
    return html`${needed}<p>One of:</p><ul class="variants">${shapes.map(
      (part) => html`<li>${this.#variant(part, level)}</li>`,
    )}</ul>`;
  }

  #variant(part, level) {
    if (part.$ref && level > 0) return this.type(part);
    return part.$ref || hasFields(part)
      ? this.body(part, level + 1)
      : html`${this.type(part)} ${inline(part.description)}`;
  }

  #resolved(schema) {
    return schema.$ref ? this.schemas[nameOf(schema.$ref)] : schema;
  }
}

function hasFields(schema) {
  const parts = [schema.oneOf, schema.anyOf, schema.allOf].flatMap((list) => list ?? []);
  return schema.properties !== undefined || parts.some((part) => part.properties !== undefined);
}

function isOnlyRequired(schema) {
  return Object.keys(schema).every((key) => key === "required") && schema.required !== undefined;
}

function alternatives(parts) {
  return parts.map((part, index) => html`${index > 0 && " or "}${part}`);
}

function others({ additionalProperties, minProperties }) {
  if (minProperties) return html`<p class="limits">At least ${minProperties} of these.</p>`;
  if (additionalProperties === undefined || additionalProperties === false) return undefined;
  return html`<p class="limits">Other fields are possible.</p>`;
}

const LIMITS = [
  ["minimum", "at least"],
  ["maximum", "at most"],
  ["minLength", "characters, at least"],
  ["maxLength", "characters, at most"],
  ["minItems", "items, at least"],
  ["pattern", "pattern"],
  ["default", "default"],
];

function limits(schema) {
  const written = LIMITS.filter(
    ([key]) => schema[key] !== undefined && schema[key] !== null && !isTrivial(key, schema),
  );
  if (written.length === 0) return undefined;
  const items = written.map(([key, words]) => html`<li>${words} <code>${textOf(schema[key])}</code></li>`);
  return html`<ul class="limits">${items}</ul>`;
}

/** The lower limit of an unsigned number says nothing more than its type. */
function isTrivial(key, { minimum }) {
  return key === "minimum" && minimum === 0;
}

function textOf(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
