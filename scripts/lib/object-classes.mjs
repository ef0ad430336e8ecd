// The Durable Object classes that wrangler.toml names, which a build has to export.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./root.mjs";

/** @returns {string[]} class names */
export function readObjectClasses() {
  const text = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
  return [...text.matchAll(/^class_name = "(\w+)"$/gm)].map(([, name]) => name);
}
