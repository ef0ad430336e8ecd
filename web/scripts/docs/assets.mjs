// Scripts, styles and pictures of the site, with a hash of their content in their names: browsers keep them.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "./sources.mjs";

const FOLDER = "/assets/";
const SOURCES = join(ROOT, "web/src/docs");

/** Files by address. */
export class Assets {
  files = new Map();

  /** Adds a file; returns its address. */
  add(name, content) {
    const hash = createHash("sha256").update(content).digest("base64url").replaceAll(/[-_]/g, "").slice(0, 8);
    const extension = extname(name);
    const url = `${FOLDER}docs-${basename(name, extension)}-${hash}${extension}`;
    this.files.set(url, content);
    return url;
  }

  /** Adds a file of the repository. */
  addFile(path) {
    return this.add(basename(path), readFileSync(join(ROOT, path)));
  }

  /** Bundles a script or a style of `web/src/docs`, and adds it. `values` replace identifiers of the source. */
  async addBundle(path, values = {}) {
    const { outputFiles } = await build({
      entryPoints: [join(SOURCES, path)],
      define: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)])),
      bundle: true,
      minify: true,
      format: "esm",
      target: "es2022",
      legalComments: "none",
      write: false,
      logLevel: "warning",
    });
    return this.add(basename(path).replace(/\.ts$/, ".js"), outputFiles[0].contents);
  }
}
