// The frame of every page: head, search, menu, and the list of what is on the page.
import { html, raw } from "./html.mjs";

// As in web/src/app/Icons.tsx.
const BELL = raw(
  '<svg class="bell" viewBox="0 0 32 32" aria-hidden="true"><path d="M16 4.5a1.9 1.9 0 0 1 1.9 1.9v.6c4 .8 6.7 4.2 6.7 8.4v3.7' +
    'l2 3.2a1.1 1.1 0 0 1-.9 1.7H6.3a1.1 1.1 0 0 1-.9-1.7l2-3.2v-3.7c0-4.2 2.7-7.6 6.7-8.4v-.6A1.9 1.9 0 0 1 16 4.5z"/>' +
    '<circle cx="16" cy="26.3" r="2.3"/></svg>',
);

/**
 * @typedef {object} Page
 * @property {string} url
 * @property {string} title
 * @property {string} description one or two sentences for search engines
 * @property {import("./html.mjs").Html} body begins with the page's only h1
 * @property {{level: number, id: string, title: string}[]} [headings] what the page lists as its contents
 * @property {string} [part] the part of the site, for a title that another page may have too
 * @property {boolean} [calls] whether the page has operations that it can call
 */

/**
 * @param {Page} page
 * @param {object} site
 * @param {{title: string, links: {url: string, title: string}[]}[]} site.menu
 * @param {{style: string, script: string, tryIt: string}} site.assets addresses
 */
export function layout({ url, title, description, body, headings = [], part, calls }, { menu, assets }) {
  const name =
    url === "/docs" ? "Campana documentation" : [title, part, "Campana documentation"].filter(Boolean).join(" · ");
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#f4f0e8" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#171513" media="(prefers-color-scheme: dark)">
<meta name="description" content="${description}">
<title>${name}</title>
<link rel="icon" href="/bell.svg" type="image/svg+xml">
<link rel="stylesheet" href="${assets.style}">
<script type="module" src="${assets.script}"></script>
${calls && html`<script type="module" src="${assets.tryIt}"></script>\n`}</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<a class="brand" href="/docs">${BELL}<span>Campana <span class="brand-part">documentation</span></span></a>
<search class="search" data-search hidden></search>
<a class="app-link" href="/">Web app</a>
</header>
<div class="columns">
<details class="menu">
<summary>Menu</summary>
<nav aria-label="Documentation">${menu.map((group) => menuGroup(group, url))}</nav>
</details>
<main id="content" tabindex="-1">
${contents(headings)}<article>
${body}
</article>
</main>
</div>
<footer class="bottom"><p>Campana, MIT licence. Documents for tools: <a href="/docs/openapi.json">OpenAPI</a>,
<a href="/docs/asyncapi.json">AsyncAPI</a>, <a href="/docs/native.json">JSON Schema</a>.</p></footer>
</body>
</html>
`.text;
}

function menuGroup({ title, links }, current) {
  const id = `menu-${title.toLowerCase().replaceAll(" ", "-")}`;
  const item = ({ url, title: name }) =>
    html`<li><a href="${url}"${url === current && raw(' aria-current="page"')}>${name}</a></li>`;
  return html`<h2 id="${id}">${title}</h2><ul aria-labelledby="${id}">${links.map(item)}</ul>`;
}

function contents(headings) {
  if (headings.length < 2) return undefined;
  const item = ({ level, id, title }) => html`<li class="level-${level}"><a href="#${id}">${title}</a></li>`;
  return html`<details class="contents">
<summary>On this page</summary>
<nav aria-label="On this page"><p class="contents-title">On this page</p><ul>${headings.map(item)}</ul></nav>
</details>
`;
}
