// House rules that no linter checks: file sizes, forbidden words, links in documents, and a test for every invariant.
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { wrongTags } from "./invariants.mjs";
import { brokenLinks } from "./links.mjs";
import { ROOT } from "./root.mjs";

const LEFT_OUT = new Set(["node_modules", "target", "dist", "build", ".git", ".tools", ".campana", ".wrangler"]);
const SOURCE = new Set([".rs", ".ts", ".tsx", ".mjs", ".js", ".css", ".sql", ".sh", ".php"]);
const TEXT = new Set([...SOURCE, ".md", ".toml", ".json", ".html", ".yaml", ".yml"]);
const NOT_OURS = new Set(["package-lock.json", "generated"]);
const WARN_LINES = 400;
const MOST_LINES = 600;

// [pattern, file extensions, reason]
const FORBIDDEN = [
  [/\b(TODO|FIXME|XXX)\b/, SOURCE, "unfinished work"],
  [/\b(todo|unimplemented|dbg)!\s*[([]/, new Set([".rs"]), "unfinished work"],
  [/#\[ignore\b/, new Set([".rs"]), "an ignored test"],
  [/\b(describe|it|test|suite)\.(only|skip|todo)\b/, new Set([".ts", ".tsx", ".mjs"]), "a focused or skipped test"],
  [/\{\s*(only|skip|todo):\s*(true|["'`])/, new Set([".ts", ".tsx", ".mjs"]), "a focused or skipped test"],
  [/@ts-(ignore|nocheck)\b/, new Set([".ts", ".tsx"]), "a silenced type error"],
  [/(^|[\s"'`(=])\/(work|home|Users|root)\//, TEXT, "a path of one machine"],
  [/^(<{7}|={7}|>{7})( |$)/, TEXT, "a merge conflict"],
  [/[ \t]+$/, SOURCE, "space at the end of a line"],
];

const files = [...textFiles(ROOT)];
const errors = [...wrongTags(ROOT, files), ...brokenLinks(ROOT, files)];
for (const path of files) {
  const name = relative(ROOT, path);
  const extension = extname(path) || ".sh";
  const text = readFileSync(path, "utf8");
  const lines = text.split("\n");
  if (text !== "" && !text.endsWith("\n")) errors.push(`${name}: no newline at the end`);
  if (SOURCE.has(extension)) checkSize(name, lines.length - 1);
  if (name !== "scripts/lib/tidy.mjs") checkWords(name, extension, lines);
}
for (const error of errors) console.error(error);
process.exit(errors.length === 0 ? 0 : 1);

function checkSize(name, lines) {
  if (lines > MOST_LINES) errors.push(`${name}: ${lines} lines, at most ${MOST_LINES}: split the file`);
  else if (lines > WARN_LINES) console.log(`${name}: ${lines} lines, more than ${WARN_LINES}: consider a split`);
}

function checkWords(name, extension, lines) {
  for (const [pattern, extensions, why] of FORBIDDEN) {
    if (!extensions.has(extension)) continue;
    for (const [index, line] of lines.entries()) {
      if (pattern.test(line)) errors.push(`${name}:${index + 1}: ${why}: ${line.trim()}`);
    }
  }
}

function* textFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name) || NOT_OURS.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* textFiles(path);
    else if (entry.isFile() && isText(folder, entry.name)) yield path;
  }
}

// The commands in scripts/ have no extension.
function isText(folder, name) {
  return TEXT.has(extname(name)) || (extname(name) === "" && folder.endsWith("/scripts"));
}
