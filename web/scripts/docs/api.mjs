// The reference of the HTTP API, from the OpenAPI document: an overview, a page for each group of operations, the refusals, and
// the named schemas.
import { html } from "./html.mjs";
import { anchorOf, block, inline, json } from "./markdown.mjs";
import { SchemaWriter, schemaAnchor } from "./schema.mjs";
import { read } from "./sources.mjs";

const URL = "/docs/api";
const REFUSALS = `${URL}/refusals`;
const SCHEMAS = `${URL}/schemas`;
const METHODS = ["options", "get", "head", "post", "put", "patch", "delete"];
const TYPE_BASE = "https://campana.dev/problems/";

/** Pages, links of the menu, and entries of the search. */
export function apiReference() {
  const reference = new Reference(JSON.parse(read("schema/api/openapi.json")));
  const groups = reference.groups();
  return {
    pages: [
      reference.overview(groups),
      ...groups.map((group) => reference.group(group)),
      reference.refusals(),
      reference.schemas(),
    ],
    links: [
      { url: URL, title: "Overview" },
      ...groups.map(({ url, tag }) => ({ url, title: tag.name })),
      { url: REFUSALS, title: "Refusals" },
      { url: SCHEMAS, title: "Schemas" },
    ],
    entries: groups.flatMap(({ url, operations }) => operations.map((operation) => entryOf(url, operation))),
  };
}

function entryOf(url, { id, method, path, summary, description }) {
  const about = `${method} ${path}`;
  return { kind: "Operation", title: summary, about, text: [id, description].join(" "), url: `${url}#${id}` };
}

class Reference {
  constructor(document) {
    this.document = document;
    this.writer = new SchemaWriter(document.components.schemas, SCHEMAS);
  }

  /** The groups, each with its operations in the order of the document. */
  groups() {
    const operations = Object.entries(this.document.paths).flatMap(([path, methods]) =>
      METHODS.filter((method) => methods[method]).map((method) => ({
        ...methods[method],
        id: methods[method].operationId,
        method: method.toUpperCase(),
        path,
      })),
    );
    return this.document.tags.map((tag) => ({
      tag,
      url: `${URL}/${anchorOf(tag.name)}`,
      operations: operations.filter(({ tags }) => tags.includes(tag.name)),
    }));
  }

  overview(groups) {
    const { info, servers, components } = this.document;
    const schemes = Object.entries(components.securitySchemes);
    const headings = [
      { level: 2, id: "operations", title: "Operations" },
      { level: 2, id: "authentication", title: "Authentication" },
      { level: 2, id: "servers", title: "Servers" },
    ];
    const body = html`<h1>HTTP API</h1>
${block(info.description)}
<p>The document for tools: <a href="/docs/openapi.json">openapi.json</a>. What goes over sockets and event streams is in the
<a href="/docs/realtime">real-time API</a>.</p>
<h2 id="operations">Operations</h2>
${groups.map(
  ({ tag, url, operations }) => html`<h3><a href="${url}">${tag.name}</a></h3><p>${inline(tag.description)}</p>
${operationList(operations, url)}`,
)}
<h2 id="authentication">Authentication</h2>
<dl class="fields">${schemes.map(
      ([name, scheme]) => html`<div><dt id="security-${name}"><code class="field-name">${name}</code>
<span class="type">${schemeType(scheme)}</span></dt><dd><p>${inline(scheme.description)}</p></dd></div>`,
    )}</dl>
<h2 id="servers">Servers</h2>
<ul>${servers.map(({ url, description }) => html`<li><code>${url}</code>: ${inline(description)}</li>`)}</ul>`;
    const description = "Reference of Campana's HTTP API: operations, parameters, schemas, examples and refusals.";
    return { url: URL, title: "HTTP API", description, body, headings };
  }

  group({ tag, url, operations }) {
    const body = html`<h1>${tag.name}</h1>
<p>${inline(tag.description)}</p>
${operationList(operations, "")}
${operations.map((operation) => this.#operation(operation))}`;
    const headings = operations.map(({ id, summary }) => ({ level: 2, id, title: summary }));
    const description = `HTTP API of Campana: ${tag.name}. ${plain(tag.description)}`;
    return { url, title: tag.name, part: "HTTP API", description, body, headings, calls: operations.some(isCallable) };
  }

  #operation(operation) {
    const { id, method, path, summary, description, requestBody, responses } = operation;
    return html`<section class="operation"${isCallable(operation) && html` data-try="${id}"`}>
<h2 id="${id}">${summary}</h2>
<p class="endpoint">${methodTag(method)} <code>${broken(path)}</code></p>
${description && html`<p>${inline(description)}</p>`}
${this.#security(operation)}
${notCallable(operation)}
${this.#parameters(operation.parameters ?? [])}
${requestBody && this.#requestBody(requestBody)}
<h3>Responses</h3>
<ul class="responses">${Object.entries(responses).map(([status, response]) => this.#response(status, response))}</ul>
</section>`;
  }

  #security({ security = [] }) {
    if (security.length === 0) return html`<p class="security">Needs no authentication.</p>`;
    const ways = security.map((way) => {
      const names = Object.keys(way);
      const role = Object.values(way).flat()[0];
      const listed = names.map(
        (name, index) => html`${index > 0 && ", "}<a href="${URL}#security-${name}">${name}</a>`,
      );
      return html`${listed}${role && html` with <code>${role}</code>`}`;
    });
    return html`<p class="security">Authentication: ${ways.map((way, index) => html`${index > 0 && ", or "}${way}`)}.</p>`;
  }

  #parameters(parameters) {
    if (parameters.length === 0) return undefined;
    const resolved = parameters.map((parameter) => this.#resolved(parameter));
    const row = ({ name, in: place, required, description, schema }) => {
      const about = description ?? schema.description;
      return html`<div><dt><code class="field-name">${name}</code> <span class="type">${place}, ${this.writer.type(schema)}</span>
${required && html`<span class="required">required</span>`}</dt><dd>${about && html`<p>${inline(about)}</p>`}${range(schema)}</dd></div>`;
    };
    return html`<h3>Parameters</h3><dl class="fields">${resolved.map(row)}</dl>`;
  }

  #requestBody({ content, required }) {
    const [[, { schema, example }]] = Object.entries(content);
    return html`<h3>Body</h3>
<p>${Object.keys(content).map((type, index) => html`${index > 0 && " or "}<code>${type}</code>`)}${required ? ", required" : ", optional"}</p>
<div class="beside"><div>${this.writer.body(schema)}</div><div class="example"><p class="example-title">Example</p>${json(example)}</div></div>`;
  }

  #response(status, response) {
    if (response.$ref) return this.#refusal(status, response.$ref.split("/").at(-1));
    return html`<li><details${status.startsWith("2") && html` open`}>
<summary>${statusTag(status)} ${inline(response.description)}</summary>
${this.#answer(response)}</details></li>`;
  }

  #refusal(status, name) {
    const { description } = this.document.components.responses[name];
    return html`<li class="refusal">${statusTag(status)} <a href="${REFUSALS}#${anchorOfRefusal(name)}">${problemsOf(description)}</a></li>`;
  }

  /** Headers, schema and example of a response. */
  #answer({ headers = {}, content = {} }) {
    const names = Object.entries(headers);
    const rows = names.map(([name, header]) => {
      const { description } = this.#resolved(header);
      return html`<div><dt><code class="field-name">${name}</code></dt><dd><p>${inline(description)}</p></dd></div>`;
    });
    const bodies = Object.entries(content).map(([mediaType, { schema, example, examples = {} }]) => {
      const shown = example === undefined ? Object.values(examples).map(({ value }) => value) : [example];
      return html`<p><code>${mediaType}</code></p><div class="beside"><div>${this.writer.body(schema)}</div>
<div class="example"><p class="example-title">Example</p>${shown.map(written)}</div></div>`;
    });
    return html`${bodies}${rows.length > 0 && html`<details class="headers"><summary>Headers</summary><dl class="fields">${rows}</dl></details>`}`;
  }

  refusals() {
    const responses = Object.entries(this.document.components.responses);
    const body = html`<h1>Refusals</h1>
<p>Responses that several operations share. <a href="/docs/problems">Problems</a> explains each type, its cause and its remedy.</p>
${responses.map(
  ([name, response]) => html`<section class="operation">
<h2 id="${anchorOfRefusal(name)}">${refusalTitle(name)}</h2>
<p>${inline(response.description)}</p>
${problemLinks(response)}
${this.#answer(response)}</section>`,
)}`;
    const description = "Refusals of Campana's HTTP API: status, headers, schema and example of each problem document.";
    return { url: REFUSALS, title: "Refusals", description, body };
  }

  schemas() {
    return schemaPage({
      url: SCHEMAS,
      title: "Schemas of the HTTP API",
      description: "Named schemas of Campana's HTTP API, with their fields.",
      writer: this.writer,
    });
  }

  #resolved(value) {
    if (!value.$ref) return value;
    return value.$ref
      .slice(2)
      .split("/")
      .reduce((part, key) => part[key], this.document);
  }
}

/** A page with every named schema of a document. */
export function schemaPage({ url, title, description, writer }) {
  const named = Object.entries(writer.schemas).sort(([one], [other]) => (one < other ? -1 : 1));
  const body = html`<h1>${title}</h1>
${named.map(
  ([name, schema]) => html`<section class="schema">
<h2 id="${schemaAnchor(name)}">${name}</h2>${writer.body(schema)}</section>`,
)}`;
  return { url, title, description, body };
}

/** Whether a page can send the request: not a connection, nothing signed with the app's secret, no redirect. */
function isCallable({ security = [], responses }) {
  const isSigned = security.some((way) => "pusherSignature" in way);
  return !isSigned && !responses["101"] && !responses["302"] && !streams(responses);
}

function streams(responses) {
  return responses["200"]?.content?.["text/event-stream"] !== undefined;
}

function notCallable({ security = [], responses }) {
  if (security.some((way) => "pusherSignature" in way)) {
    return html`<p class="security">Backends sign this request with the app's secret, which no page may have:
<a href="/docs/moving-from-pusher#2-the-backend">the backend</a>.</p>`;
  }
  if (!responses["101"] && !streams(responses)) return undefined;
  return html`<p class="security">A connection, whose frames and events are in the <a href="/docs/realtime">real-time API</a>.</p>`;
}

function operationList(operations, url) {
  const item = ({ id, method, path, summary }) =>
    html`<li><a href="${url}#${id}">${methodTag(method)} <code>${broken(path)}</code></a> <span>${summary}</span></li>`;
  return html`<ul class="operations">${operations.map(item)}</ul>`;
}

function methodTag(method) {
  return html`<span class="method method-${method.toLowerCase()}">${method}</span>`;
}

function statusTag(status) {
  return html`<span class="status status-${status[0]}">${status}</span>`;
}

/** A path that may be broken into lines at its slashes. */
function broken(path) {
  return path.split("/").map((part, index) => html`${index > 0 && html`/<wbr>`}${part}`);
}

function schemeType({ type, scheme, in: place, name }) {
  return type === "http" ? `HTTP ${scheme}` : `${place}, ${name}`;
}

function range({ minimum, maximum, default: usual }) {
  const parts = [
    minimum > 0 && `at least ${minimum}`,
    maximum !== undefined && `at most ${maximum}`,
    usual !== undefined && usual !== null && `default ${usual}`,
  ].filter(Boolean);
  return parts.length > 0 && html`<p class="limits">${parts.join(", ")}</p>`;
}

function written(example) {
  return typeof example === "string" ? html`<pre class="code wrapped"><code>${example}</code></pre>` : json(example);
}

function anchorOfRefusal(name) {
  return name.replaceAll(/[_.]/g, "-");
}

function refusalTitle(name) {
  const [slugs, ...facts] = name.split(".");
  return `${slugs.replaceAll("_", ", ")}${facts.length > 0 ? ` (${facts.join(", ")})` : ""}`;
}

/** The slugs that a description names, or the description. */
function problemsOf(description) {
  const slugs = [...description.matchAll(/`([\w-]+)`:/g)].map(([, slug]) => slug);
  return slugs.length > 0 ? slugs.join(", ") : description;
}

function problemLinks({ content = {} }) {
  const types = content["application/problem+json"]?.schema.allOf[1].properties.type.enum ?? [];
  const slugs = types.map((type) => type.replace(TYPE_BASE, ""));
  return (
    slugs.length > 0 &&
    html`<p>Explained in: ${slugs.map((slug, index) => html`${index > 0 && ", "}<a href="/docs/problems#${slug}">${slug}</a>`)}.</p>`
  );
}

function plain(text) {
  return text.replaceAll("`", "");
}
