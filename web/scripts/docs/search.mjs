// The index of the search, which the browser loads when the search is used.
import { readFileSync } from "node:fs";
import MiniSearch from "minisearch";

/** Shared with the page's script: both have to split texts into the same fields. */
const OPTIONS = JSON.parse(readFileSync(new URL("../../src/docs/searchOptions.json", import.meta.url), "utf8"));

/** @param {{kind: string, title: string, about: string, text: string, url: string}[]} entries */
export function searchIndex(entries) {
  const index = new MiniSearch(OPTIONS);
  index.addAll(entries.map((entry, id) => ({ id, ...entry })));
  return JSON.stringify(index);
}
