// Code blocks of the guides, which tests use as an application would.
import { readFileSync } from "node:fs";

/**
 * The only block of a language in a guide that contains a text.
 * @param {string} guide file name in docs/
 * @param {string} language of the fence
 */
export function snippet(guide, language, text) {
  const document = readFileSync(new URL(`../../docs/${guide}`, import.meta.url), "utf8");
  const blocks = [...document.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, of, block]) => [of, block]);
  const found = blocks.filter(([of, block]) => of === language && block.includes(text));
  if (found.length !== 1) throw new Error(`docs/${guide}: ${found.length} blocks of ${language} contain ${text}`);
  return found[0][1];
}

/** A block of variables with other values. Every variable has to be in the block. */
export function withVariables(block, values) {
  let changed = block;
  for (const [name, value] of Object.entries(values)) {
    const line = new RegExp(`^${name}=.*$`, "m");
    if (!line.test(changed)) throw new Error(`${name} is not in the block`);
    changed = changed.replace(line, `${name}=${value}`);
  }
  return changed;
}

/** The variables of a block; a reference such as "${NAME}" gets the value of that variable. */
export function variables(block) {
  const found = {};
  for (const [, name, value] of block.matchAll(/^(\w+)=(\S*)/gm)) {
    const text = value.replace(/^"(.*)"$/, "$1");
    found[name] = text.replace(/\$\{(\w+)\}/g, (_, other) => found[other]);
  }
  return found;
}
