// Pages of the guides, and the start page that lists everything.
import { html } from "./html.mjs";
import { renderFile } from "./markdown.mjs";

/** Longest description of a page, characters. */
const LONGEST = 160;

/** Pages, and entries of the search. */
export function guidePages(guides, addresses, imageAt) {
  const titles = new Map(guides.flatMap(({ file, title }) => [[file, title]]));
  const rendered = guides.map((guide) => ({
    guide,
    ...renderFile(guide.text, { file: guide.file, addresses, titles, imageAt }),
  }));
  return {
    pages: rendered.map(({ guide, body, headings, sections }) => ({
      url: guide.url,
      title: guide.title,
      description: shortened(sections[0].text || guide.reader),
      body,
      headings,
    })),
    entries: rendered.flatMap(({ guide, sections }) => sections.map((section) => entryOf(guide, section))),
  };
}

function entryOf({ title, url }, { id, title: heading, text }) {
  const isProblem = url === "/docs/problems" && id !== undefined;
  return {
    kind: isProblem ? "Problem" : "Guide",
    title: heading ?? title,
    about: heading === undefined || isProblem ? shortened(text) : title,
    text,
    url: id === undefined ? url : `${url}#${id}`,
  };
}

function shortened(text) {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= LONGEST ? line : `${line.slice(0, line.lastIndexOf(" ", LONGEST - 1))}…`;
}

/** The start page. */
export function startPage(guides, api, realtime) {
  const card = ({ url, title, reader }) => html`<li><a href="${url}">${title}</a><p>For ${reader}</p></li>`;
  const reference = ({ url, title }) => html`<li><a href="${url}">${title}</a></li>`;
  const body = html`<h1>Documentation</h1>
<p>Campana adds rooms, private chats, presence and panic alerts to an application, in real time. Clients use Laravel Echo or
pusher-js, or Campana's own protocol over HTTP, WebSockets and server-sent events.</p>
<h2 id="guides">Guides</h2>
<ul class="cards">${guides.map(card)}</ul>
<h2 id="http-api">HTTP API</h2>
<p><a href="/docs/api">The overview</a> lists all operations. Each can be tried on its page.</p>
<ul class="list">${api.links.slice(1).map(reference)}</ul>
<h2 id="real-time-api">Real-time API</h2>
<p><a href="/docs/realtime">The overview</a> lists the channels: sockets, event streams and webhooks.</p>
<ul class="list">${realtime.links.slice(1).map(reference)}</ul>
<h2 id="documents">Documents for tools</h2>
<ul class="list"><li><a href="/docs/openapi.json">OpenAPI 3.1</a></li><li><a href="/docs/asyncapi.json">AsyncAPI 3</a></li>
<li><a href="/docs/native.json">JSON Schema of the native protocol</a></li>
<li><a href="/docs/markdown-vectors.json">Test vectors for the Markdown of messages</a></li></ul>`;
  const description =
    "Guides and references of Campana: chat, presence and panic alerts for an existing application, in real time.";
  return { url: "/docs", title: "Documentation", description, body };
}
