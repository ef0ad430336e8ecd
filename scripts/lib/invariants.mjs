// Checks that each invariant of ARCHITECTURE.md has a tagged test, and that each tag names an existing invariant.
//
// A tag is `[I4]`: at the beginning of a JavaScript test's title, or of a line in the doc comment of a Rust test or its module.
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

const TITLE = /\b(?:test|it|describe)(?:\.each\([^)]*\))?\(\s*(["'`])((?:\[I\d+\])+) /g;
const DOC = /^\s*\/\/([/!]) ((?:\[I\d+\])+) /;
const ANY = /\[I\d+\]/g;
const SECTION = /^## What must stay true$([\s\S]*?)^## /m;
/** Functions here are run as tests without a `#[test]` attribute. */
const CONTRACT = /^storage\/src\/contract\//;
const JAVASCRIPT = /\.test\.(mjs|ts|tsx)$/;

/** Errors in the tags of these files, one sentence each. */
export function wrongTags(root, paths) {
  const known = new Set(numbersOf(readFileSync(join(root, "ARCHITECTURE.md"), "utf8")));
  const tagged = new Set();
  const wrong = known.size === 0 ? ["ARCHITECTURE.md: no numbered invariants below What must stay true"] : [];
  for (const path of paths) {
    const name = relative(root, path);
    if (!name.endsWith(".rs") && !JAVASCRIPT.test(name)) continue;
    const text = readFileSync(path, "utf8");
    const tags = JAVASCRIPT.test(name) ? ofTitles(text) : ofDocs(text, name);
    if (tags.length !== [...text.matchAll(ANY)].length)
      wrong.push(`${name}: a tag like [I4] belongs at the beginning of a test's title or doc comment`);
    for (const tag of tags) {
      if (!known.has(tag)) wrong.push(`${name}: ARCHITECTURE.md has no invariant ${tag}`);
      tagged.add(tag);
    }
  }
  for (const number of known)
    if (!tagged.has(number)) wrong.push(`ARCHITECTURE.md: invariant ${number} has no test that is tagged [I${number}]`);
  return wrong;
}

function numbersOf(architecture) {
  const [, section = ""] = SECTION.exec(architecture) ?? [];
  return [...section.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));
}

const numbers = (tags) => [...tags.matchAll(/\d+/g)].map(([number]) => Number(number));

function ofTitles(text) {
  return [...text.matchAll(TITLE)].flatMap(([, , tags]) => numbers(tags));
}

function ofDocs(text, name) {
  const lines = text.split("\n");
  return lines.flatMap((line, at) => {
    const [, kind, tags] = DOC.exec(line) ?? [];
    if (tags === undefined) return [];
    const isOfTest = kind === "!" ? /#\[(\w+::)?test\b/.test(text) : isTest(lines, at, name);
    return isOfTest ? numbers(tags) : [];
  });
}

/** Whether the doc comment at a line belongs to a test. */
function isTest(lines, at, name) {
  const end = lines.findIndex((line, index) => index > at && !/^\s*(\/\/\/|#\[)/.test(line));
  if (!/\bfn\b/.test(lines[end] ?? "")) return false;
  return CONTRACT.test(name) || lines.slice(at, end).some((line) => /#\[(\w+::)?test\b/.test(line));
}
