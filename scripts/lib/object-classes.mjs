// The Durable Object classes that wrangler.toml names, which a build has to export.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./root.mjs";

/** @returns {string[]} class names */
export function readObjectClasses() {
  const text = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
  return [...text.matchAll(/^class_name = "(\w+)"$/gm)].map(([, name]) => name);
}

/**
 * Classes renamed by a migration. Cloudflare moves their storage; locally it is stored under the worker and the class, so a
 * renamed class goes on with the key of its first name.
 * @returns {Map<string, string>} the first name by the present one
 */
export function readRenamedClasses() {
  const text = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
  const renames = text.matchAll(/\{ from = "(\w+)", to = "(\w+)" \}/g);
  const first = new Map();
  for (const [, from, to] of renames) first.set(to, first.get(from) ?? from);
  return first;
}
