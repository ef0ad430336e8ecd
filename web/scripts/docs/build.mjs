// Writes the documentation into the web app's output, or into another folder: node scripts/docs/build.mjs [FOLDER]
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildSite } from "./site.mjs";
import { ROOT } from "./sources.mjs";

const folder = process.argv[2] ?? join(ROOT, "web/dist");
const files = await buildSite();
for (const [path, content] of files) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
