// What the documentation is made of: guides with their addresses, and the documents of the APIs.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const GUIDES = "docs";
/** The list of guides: a table with the columns guide and reader. It becomes the start page. */
const LIST = "docs/README.md";
const ROW = /^\| \[[^\]]+\]\(([\w/-]+\.md)\) +\| (.+?) +\|$/gm;

/** Documents outside `docs/` that guides link to: file, address, reader. */
const OTHERS = [
  ["ARCHITECTURE.md", "architecture", "contributors: how the parts work together, and which invariants hold"],
  ["web/README.md", "web-app", "developers who use the TypeScript client library, and contributors to the web app"],
  ["bench/README.md", "benchmark", "contributors and operators: what the benchmark measures, and how to read it"],
  ["SECURITY.md", "security-policy", "security researchers who report a vulnerability"],
];

/** Documents that are served as they are: address and file. */
export const DOCUMENTS = new Map([
  ["/docs/openapi.json", "schema/api/openapi.json"],
  ["/docs/asyncapi.json", "schema/api/asyncapi.json"],
  ["/docs/native.json", "schema/api/native.json"],
  ["/docs/markdown-vectors.json", "docs/markdown-vectors.json"],
  ["/docs/operate/grafana.json", "docs/operate/grafana.json"],
]);

export function read(path) {
  return readFileSync(join(ROOT, path), "utf8");
}

/**
 * @typedef {object} Guide
 * @property {string} file path in the repository
 * @property {string} url address on the site
 * @property {string} title its first heading
 * @property {string} reader for whom it is
 * @property {string} text Markdown
 */

/** All guides, in the order of the list. Throws if the list and the folder differ. */
export function readGuides() {
  const listed = [...read(LIST).matchAll(ROW)].map(([, name, reader]) => [`${GUIDES}/${name}`, reader]);
  const files = readdirSync(join(ROOT, GUIDES), { recursive: true });
  const present = files.filter((name) => name.endsWith(".md") && name !== "README.md");
  const missing = present.filter((name) => !listed.some(([file]) => file === `${GUIDES}/${name}`));
  if (missing.length > 0) throw new Error(`${LIST} does not list ${missing.join(", ")}`);
  return [
    ...listed.map(([file, reader]) => guide(file, file.replace(/^docs\/|\.md$/g, ""), reader)),
    ...OTHERS.map(([file, name, reader]) => guide(file, name, reader)),
  ];
}

function guide(file, name, reader) {
  const text = read(file);
  const title = /^# (.+)$/m.exec(text)?.[1];
  if (title === undefined) throw new Error(`${file} has no heading`);
  return { file, url: `/docs/${name}`, title, reader: reader.replaceAll("`", ""), text };
}

/** Addresses of files of the repository that the site has. */
export function addresses(guides) {
  return new Map([
    [LIST, "/docs"],
    ...guides.map(({ file, url }) => [file, url]),
    ...[...DOCUMENTS].map(([url, file]) => [file, url]),
  ]);
}
