// Relative links of Markdown files: the file exists, and so does the heading that the link names.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const LINK = /\]\(([^)\s]+)\)/g;
const EXTERNAL = /^[a-z]+:/;
const CODE = /^```[\s\S]*?^```|`[^`\n]*`/gm;

/** One sentence for each broken link in the Markdown files among these. */
export function brokenLinks(root, paths) {
  const wrong = [];
  for (const path of paths.filter((each) => each.endsWith(".md"))) {
    for (const [, link] of readFileSync(path, "utf8").replace(CODE, "").matchAll(LINK)) {
      if (EXTERNAL.test(link)) continue;
      const [file, anchor] = link.split("#");
      const target = file === "" ? path : join(dirname(path), file);
      if (!existsSync(target)) wrong.push(`${relative(root, path)}: no file ${link}`);
      else if (anchor !== undefined && !anchorsOf(target).has(anchor))
        wrong.push(`${relative(root, path)}: no heading ${link}`);
    }
  }
  return wrong;
}

/** The anchors of a document's headings, as Git hosts derive them. */
function anchorsOf(path) {
  const headings = readFileSync(path, "utf8").matchAll(/^#{1,6} (.+)$/gm);
  return new Set([...headings].map(([, title]) => anchorOf(title)));
}

function anchorOf(title) {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}
