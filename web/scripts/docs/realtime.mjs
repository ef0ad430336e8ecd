// The reference of sockets, event streams and webhooks, from the AsyncAPI document: an overview, a page for each channel, and the
// named schemas.
import { schemaPage } from "./api.mjs";
import { html } from "./html.mjs";
import { anchorOf, inline, json } from "./markdown.mjs";
import { SchemaWriter } from "./schema.mjs";
import { read } from "./sources.mjs";

const URL = "/docs/realtime";
const SCHEMAS = `${URL}/schemas`;

/** Pages, links of the menu, and entries of the search. */
export function realtimeReference() {
  const reference = new Reference(JSON.parse(read("schema/api/asyncapi.json")));
  const channels = reference.channels();
  return {
    pages: [
      reference.overview(channels),
      ...channels.map((channel) => reference.channel(channel)),
      reference.schemas(),
    ],
    links: [
      { url: URL, title: "Overview" },
      ...channels.map(({ url, title }) => ({ url, title })),
      { url: SCHEMAS, title: "Schemas" },
    ],
    entries: channels.flatMap((channel) => channel.messages.map((message) => entryOf(channel, message))),
  };
}

function entryOf({ url, title }, { key, message }) {
  const about = `${message.summary} ${title}.`;
  return { kind: "Message", title: message.name, about, text: [key, message.title].join(" "), url: `${url}#${key}` };
}

/** Last part of a reference. */
function keyOf({ $ref }) {
  return $ref.split("/").at(-1);
}

class Reference {
  constructor(document) {
    this.document = document;
    this.writer = new SchemaWriter(document.components.schemas, SCHEMAS);
  }

  channels() {
    const operations = Object.entries(this.document.operations).map(([id, operation]) => ({ ...operation, id }));
    return Object.entries(this.document.channels).map(([name, channel]) => ({
      ...channel,
      url: `${URL}/${anchorOf(name.replaceAll(/([A-Z])/g, "-$1"))}`,
      operations: operations.filter(({ channel: of }) => keyOf(of) === name),
      messages: Object.entries(channel.messages).map(([key, message]) => ({ key, message: this.#resolved(message) })),
    }));
  }

  overview(channels) {
    const { info, servers, components } = this.document;
    const headings = [
      { level: 2, id: "channels", title: "Channels" },
      { level: 2, id: "authentication", title: "Authentication" },
      { level: 2, id: "servers", title: "Servers" },
    ];
    const body = html`<h1>Real-time API</h1>
<p>${inline(info.description.replace(/ Written by .*$/, ""))}</p>
<p>The document for tools: <a href="/docs/asyncapi.json">asyncapi.json</a>. The JSON Schema of the native protocol is
<a href="/docs/native.json">native.json</a>.</p>
<h2 id="channels">Channels</h2>
<dl class="fields">${channels.map(
      ({ url, title, address, messages, operations }) => html`<div><dt><a href="${url}">${title}</a></dt>
<dd><p><code>${address}</code></p><p>${operations.length} operations, ${messages.length} ${messages.length === 1 ? "message" : "messages"}.</p></dd></div>`,
    )}</dl>
<h2 id="authentication">Authentication</h2>
<dl class="fields">${Object.entries(components.securitySchemes).map(
      ([
        name,
        { description, in: place, name: key, scheme },
      ]) => html`<div><dt id="security-${name}"><code class="field-name">${name}</code>
<span class="type">${place ? `${place}, ${key}` : `HTTP ${scheme}`}</span></dt><dd><p>${inline(description)}</p></dd></div>`,
    )}</dl>
<h2 id="servers">Servers</h2>
<ul>${Object.values(servers).map(
      ({ protocol, host, description }) => html`<li><code>${protocol}://${host}</code>: ${inline(description)}</li>`,
    )}</ul>`;
    const description =
      "Reference of Campana's real-time API: channels, messages and payloads of sockets, streams and webhooks.";
    return { url: URL, title: "Real-time API", description, body, headings };
  }

  channel({ url, title, address, description, operations, messages, parameters = {}, bindings, ...channel }) {
    const sent = ({ action }) => action === "send";
    const groups = [
      ["sends", "The server sends", operations.filter(sent)],
      ["receives", "The client sends", operations.filter((operation) => !sent(operation))],
    ].filter(([, , list]) => list.length > 0);
    const codes = channel["x-close-codes"] ?? [];
    const request = channel["x-request"] ?? this.#connection(bindings);
    const headings = [
      ...groups.map(([id, name]) => ({ level: 2, id, title: name })),
      request && { level: 2, id: "connect", title: "Connect" },
      codes.length > 0 && { level: 2, id: "close-codes", title: "Close codes" },
      { level: 2, id: "messages", title: "Messages" },
      ...messages.map(({ key, message }) => ({ level: 3, id: key, title: message.title })),
    ].filter(Boolean);
    const body = html`<h1>${title}</h1>
<p class="endpoint"><code>${address}</code></p>
<p>${inline(description)}</p>
${groups.map(([id, name, list]) => html`<h2 id="${id}">${name}</h2>${list.map((operation) => this.#operation(operation))}`)}
${request && this.#request(request, parameters)}
${codes.length > 0 && closeCodes(codes)}
<h2 id="messages">Messages</h2>
${messages.map((message) => this.#message(message))}`;
    const about = `Real-time API of Campana: ${title}. Operations, messages, payloads and examples.`;
    return { url, title, part: "Real-time API", description: about, body, headings };
  }

  #operation({ summary, messages = [], reply, security = [] }) {
    return html`<div class="exchange"><p>${inline(summary)}</p>
<p class="messages">${messageLinks(messages)}</p>
${reply?.messages && html`<p class="messages">Answers: ${messageLinks(reply.messages)}</p>`}
${
  security.length > 0 &&
  html`<p class="security">Authentication: ${security.map((scheme, index) => {
    const name = keyOf(scheme);
    return html`${index > 0 && ", or "}<a href="${URL}#security-${name}">${name}</a>`;
  })}.</p>`
}</div>`;
  }

  /** The headers and the query of the request that opens a socket. */
  #connection(bindings) {
    const { ws } = (bindings && this.#resolved(bindings)) ?? {};
    return ws && { headers: ws.headers, query: ws.query };
  }

  #request({ headers, query }, parameters) {
    const named = Object.entries(parameters);
    return html`<h2 id="connect">Connect</h2>
${
  named.length > 0 &&
  html`<h3>Path</h3><dl class="fields">${named.map(([name, parameter]) => {
    const { description, examples = [] } = this.#resolved(parameter);
    return html`<div><dt><code class="field-name">${name}</code></dt><dd><p>${inline(description)}</p>
${examples.map((example) => html`<p class="limits">example <code>${example}</code></p>`)}</dd></div>`;
  })}</dl>`
}
${headers && html`<h3>Headers</h3>${this.writer.body(headers)}`}
${query && html`<h3>Query</h3>${this.writer.body(query)}`}`;
  }

  #message({ key, message: { title, name, summary, payload, contentType, examples = [] } }) {
    return html`<section class="operation">
<h3 id="${key}">${title}</h3>
<p class="endpoint"><code>${name}</code>${contentType !== "application/json" && html` <span class="type">${contentType}</span>`}</p>
<p>${inline(summary)}</p>
<div class="beside"><div>${payload && this.writer.body(payload)}</div>
<div class="example"><p class="example-title">${examples.length === 1 ? "Example" : "Examples"}</p>${examples.map(({ payload: example }) => shown(example))}</div></div>
</section>`;
  }

  schemas() {
    return schemaPage({
      url: SCHEMAS,
      title: "Schemas of the real-time API",
      description: "Named schemas of Campana's real-time API, with their fields.",
      writer: this.writer,
    });
  }

  #resolved(value) {
    if (!value.$ref) return value;
    const found = value.$ref
      .slice(2)
      .split("/")
      .reduce((part, key) => part[key], this.document);
    return this.#resolved(found);
  }
}

function shown(example) {
  return typeof example === "string" ? html`<pre class="code wrapped"><code>${example}</code></pre>` : json(example);
}

function messageLinks(messages) {
  return messages.map((message, index) => html`${index > 0 && ", "}<a href="#${keyOf(message)}">${keyOf(message)}</a>`);
}

function closeCodes(codes) {
  const row = ({ code, reason, description, client }) =>
    html`<tr><td><code>${code}</code></td><td>${reason}</td><td>${inline(description)}</td><td>${inline(client)}</td></tr>`;
  return html`<h2 id="close-codes">Close codes</h2>
<div class="table" tabindex="0"><table><thead><tr><th scope="col">Code</th><th scope="col">Reason</th><th scope="col">When</th>
<th scope="col">What the client does</th></tr></thead><tbody>${codes.map(row)}</tbody></table></div>`;
}
