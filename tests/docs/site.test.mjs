// The files of the documentation: complete, linked without gaps, the same for the same sources, and within the policy of pages.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { ROOT } from "../../scripts/lib/root.mjs";
import { buildSite } from "../../web/scripts/docs/site.mjs";
import { paths } from "../support/openapi.mjs";

const asyncapi = JSON.parse(readFileSync(join(ROOT, "schema/api/asyncapi.json"), "utf8"));
/** Addresses of the site's surroundings, which the edge has. */
const ELSEWHERE = new Set(["/", "/bell.svg"]);

describe("the documentation's files", () => {
  let files, pages;

  before(async () => {
    files = await buildSite();
    const html = [...files].filter(([path]) => path.endsWith(".html"));
    pages = new Map(html.map(([path, text]) => [path.replace(/\.html$/, ""), text]));
  });

  const idsOf = (text) => [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  const linksOf = (text) => [...text.matchAll(/ (?:href|src)="([^"]+)"/g)].map(([, link]) => link);

  test("every guide, group of operations and channel has a page", () => {
    const guides = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md") && name !== "README.md");
    for (const guide of guides) assert.ok(pages.has(`/docs/${guide.replace(".md", "")}`), guide);
    assert.ok(pages.get("/docs").includes("/docs/panic-alerts"));
    const api = [...pages].filter(([path]) => path.startsWith("/docs/api/")).map(([, text]) => text);
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    assert.ok(operations.length > 100);
    for (const { operationId } of operations) {
      const found = api.filter((text) => text.includes(`<h2 id="${operationId}">`));
      assert.equal(found.length, 1, operationId);
    }
    const realtime = [...pages].filter(([path]) => path.startsWith("/docs/realtime/")).map(([, text]) => text);
    for (const message of Object.keys(asyncapi.components.messages)) {
      assert.ok(
        realtime.some((text) => text.includes(`<h3 id="${message}">`)),
        message,
      );
    }
  });

  test("every problem of the OpenAPI document is explained under its slug", () => {
    const { schema } = paths["/problems/{slug}"].get.parameters.find(({ name }) => name === "slug");
    assert.ok(schema.enum.length > 20);
    const explained = new Set(idsOf(pages.get("/docs/problems")));
    assert.deepEqual(
      schema.enum.filter((slug) => !explained.has(slug)),
      [],
    );
  });

  test("every link of a page leads to a file or an anchor of the site", () => {
    let count = 0;
    for (const [url, text] of pages) {
      for (const link of linksOf(text).filter((each) => !/^https?:/.test(each))) {
        const [path, anchor] = link.split("#");
        const target = path === "" ? url : path;
        const page = pages.get(target);
        assert.ok(page !== undefined || files.has(target) || ELSEWHERE.has(target), `${url}: ${link}`);
        if (anchor !== undefined) assert.ok(idsOf(page).includes(anchor), `${url}: ${link}`);
        count += 1;
      }
    }
    assert.ok(count > 2_000, `${count} links`);
  });

  test("an anchor is on its page once, and every page has one title, heading and description", () => {
    const titles = new Set();
    for (const [url, text] of pages) {
      const ids = idsOf(text);
      assert.deepEqual(
        ids.filter((id, index) => ids.indexOf(id) !== index),
        [],
        url,
      );
      assert.equal(text.match(/<h1/g).length, 1, url);
      const [, title] = text.match(/<title>(.+)<\/title>/);
      assert.match(text, /<meta name="description" content="[^"]{20,}">/, url);
      assert.ok(!titles.has(title), `${url}: ${title}`);
      titles.add(title);
    }
  });

  test("no page has inline code or styles, or loads anything of another host", () => {
    for (const [url, text] of pages) {
      assert.doesNotMatch(
        text,
        /<style|<script(?! type="module" src="\/assets\/)| style="| on[a-z]+="|javascript:/,
        url,
      );
      assert.doesNotMatch(text, /<(?:img|link|script|iframe)[^>]+(?:src|href)="(?:https?:)?\/\//, url);
    }
    for (const [path, content] of files) {
      if (path.endsWith(".css")) assert.doesNotMatch(Buffer.from(content).toString(), /url\(|@import/, path);
    }
  });

  test("the same sources give the same files", async () => {
    const again = await buildSite();
    assert.deepEqual([...again.keys()], [...files.keys()]);
    for (const [path, content] of files) assert.deepEqual(again.get(path), content, path);
  });
});
