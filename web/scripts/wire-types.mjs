// Writes the TypeScript types of the native protocol: node scripts/wire-types.mjs SCHEMA OUTPUT. scripts/generate calls it.
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { compile } from "json-schema-to-typescript";

const HEADER = `/**
 * Resources, frames and events of the native protocol, made from the Rust types by scripts/generate: do not edit.
 * The schema in between is schema/api/native.json.
 */`;
/** Stands for the document as a whole, which is no type. */
const ROOT = "EveryDocument";

const [input, output] = argv.slice(2);
const { $defs } = JSON.parse(readFileSync(input, "utf8"));
const documents = Object.keys($defs).map((name) => ({ $ref: `#/$defs/${name}` }));
const text = await compile({ title: ROOT, anyOf: documents, $defs: withWholeReferences($defs) }, ROOT, {
  additionalProperties: false,
  bannerComment: HEADER,
  unreachableDefinitions: true,
  $refOptions: { resolve: { external: false } },
});
const types = text.replace(new RegExp(`export type ${ROOT} =[^;]*;\n`), "");
writeFileSync(output, types.replace(/^( *)\/\*\*\n *\* (.*)\n *\*\/$/gm, "$1/** $2 */"));

/** A reference with a description beside it would become a type of its own, and one with a default an intersection. */
function withWholeReferences(schema) {
  if (Array.isArray(schema)) return schema.map(withWholeReferences);
  if (typeof schema !== "object" || schema === null) return schema;
  const { $ref, ...rest } = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, withWholeReferences(value)]),
  );
  if ($ref === undefined) return rest;
  delete rest.default;
  return Object.keys(rest).length === 0 ? { $ref } : { ...rest, allOf: [{ $ref }] };
}
