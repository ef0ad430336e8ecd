// The documentation as files: pages from the guides and from the documents of the APIs, with what they load.
import { apiReference } from "./api.mjs";
import { Assets } from "./assets.mjs";
import { guidePages, startPage } from "./guides.mjs";
import { layout } from "./layout.mjs";
import { realtimeReference } from "./realtime.mjs";
import { searchIndex } from "./search.mjs";
import { addresses, DOCUMENTS, read, readGuides } from "./sources.mjs";

/**
 * All files by their path in the web app's output, the same for the same sources.
 * @returns {Promise<Map<string, string | Uint8Array>>}
 */
export async function buildSite() {
  const guides = readGuides();
  const assets = new Assets();
  const api = apiReference();
  const realtime = realtimeReference();
  const written = guidePages(guides, addresses(guides), (file) => assets.addFile(file));
  const index = assets.add("index.json", searchIndex([...written.entries, ...api.entries, ...realtime.entries]));
  const style = await assets.addBundle("styles/site.css");
  const script = await assets.addBundle("site.ts", { SEARCH_INDEX: index });
  const tryIt = await assets.addBundle("try.ts");
  const menu = [
    { title: "Guides", links: [{ url: "/docs", title: "Start" }, ...guides] },
    { title: "HTTP API", links: api.links },
    { title: "Real-time API", links: realtime.links },
  ];
  const pages = [startPage(guides, api, realtime), ...written.pages, ...api.pages, ...realtime.pages];
  const files = new Map(assets.files);
  for (const page of pages) {
    const text = layout(page, { menu, assets: { style, script, tryIt } });
    files.set(`${page.url}.html`, text);
  }
  for (const [url, file] of DOCUMENTS) files.set(url, read(file));
  return files;
}
