// Compares every response that a test's `fetch` gets from its edge with the OpenAPI document.
import { fault } from "./faults.mjs";
import { Document, part } from "./schemas.mjs";

/** Headers that an operation has to describe where they occur. */
const DESCRIBED_HEADERS = [
  "content-disposition",
  "etag",
  "idempotency-replayed",
  "location",
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
  "www-authenticate",
  "x-request-id",
];
/** Paths of the API; those with "__" belong to a module that a test puts in front of the edge. */
const API = /^\/(api(?!\/__)|apps|app|broadcasting|metrics)(\/|$)/;
const PROBLEM_TYPES = "https://campana.dev/problems/";

const document = new Document("openapi");
/** For each path of the document, its template and that as an expression; paths with fewer parameters first. */
const templates = Object.keys(document.root.paths)
  .map((template) => ({ template, fits: expressionOf(template), parameters: template.split("{").length }))
  .sort((one, other) => one.parameters - other.parameters);
const origins = new Set();

/** From now on `fetch` compares responses of this origin. */
export function compareResponses(origin) {
  if (origins.size === 0) wrapFetch();
  origins.add(origin);
}

function wrapFetch() {
  const original = globalThis.fetch;
  globalThis.fetch = async function fetch(input, options) {
    const response = await original(input, options);
    const address = new URL(typeof input === "string" ? input : (input.url ?? input.href));
    if (!origins.has(address.origin)) return response;
    const method = (options?.method ?? input.method ?? "GET").toUpperCase();
    const text = isJson(response) ? await response.clone().text() : undefined;
    const found = responseFaults(method, address.pathname, response, text);
    if (found.length > 0) throw fault(`${method} ${address.pathname}: ${response.status}`, found);
    return response;
  };
}

/**
 * What the document does not say about a response.
 * @param {string} method
 * @param {string} path without the query
 * @param {{status: number, headers: Headers}} response
 * @param {string} [text] its body, if that is JSON
 * @returns {string[]}
 */
export function responseFaults(method, path, response, text) {
  const found = templates.find(({ fits }) => fits.test(path));
  const operation = found && document.root.paths[found.template][method.toLowerCase()];
  if (operation === undefined) return faultsWithoutOperation(method, path, response, found);
  const { status } = response;
  // The runtime's own answer, for example when the instance is lost.
  if (status >= 500 && !response.headers.has("x-request-id")) return [];
  if (status === 404 && operation["x-environment"] === "local") return [];
  const own = `/paths${part(found.template)}${part(method.toLowerCase())}/responses/${status}`;
  const { pointer, value: described } = document.at(own);
  if (described === undefined) return [`the status is not described: ${text ?? ""}`];
  const isDeprecated = ["deprecation", "sunset"].some((name) => response.headers.has(name));
  return [
    ...(isDeprecated === (operation.deprecated ?? false)
      ? []
      : ["it is deprecated in the document or by headers only"]),
    ...headerFaults(described, response.headers),
    ...bodyFaults(pointer, described, response, text),
  ];
}

/** Preflights, pages, and requests that no operation answers. */
function faultsWithoutOperation(method, path, { status, headers }, template) {
  if (method === "OPTIONS" || method === "HEAD" || !API.test(path)) return [];
  const wanted = template === undefined ? 404 : 405;
  const isRefusal = [400, 401, 403, 404, 413, 414, 429, 431, 503, wanted].includes(status);
  if (!isRefusal) return [`no operation is described, and the status is not ${wanted}`];
  return mediaType(headers) === "application/problem+json" || path.startsWith("/app") ? [] : ["no problem document"];
}

function headerFaults({ headers: described = {} }, headers) {
  const known = new Set(Object.keys(described).map((name) => name.toLowerCase()));
  const unknown = DESCRIBED_HEADERS.filter((name) => headers.has(name) && !known.has(name));
  const missing = Object.entries(described)
    .filter(([name, header]) => resolved(header).required && !headers.has(name))
    .map(([name]) => name);
  return [
    ...unknown.map((name) => `the header ${name} is not described`),
    ...missing.map((name) => `the header ${name} is missing`),
  ];
}

function bodyFaults(pointer, { content }, response, text) {
  const type = mediaType(response.headers);
  if (type === undefined) return content === undefined || !text ? [] : ["the body has no content type"];
  // A file of any type.
  if (content?.["*/*"] !== undefined && !/\+json$/.test(type)) return [];
  if (content?.[type] === undefined) return [`the content type ${type} is not described`];
  if (text === undefined) return [];
  const body = JSON.parse(text);
  const faults = document.faults(`${pointer}/content${part(type)}/schema`, body);
  if (type !== "application/problem+json") return faults;
  const slug = body.type?.startsWith(PROBLEM_TYPES) ? body.type.slice(PROBLEM_TYPES.length) : undefined;
  return content[type].examples?.[slug] === undefined
    ? [...faults, `the problem ${body.type} is not described`]
    : faults;
}

function resolved(value) {
  return value.$ref === undefined ? value : document.at(value.$ref.slice(1)).value;
}

function isJson({ headers }) {
  return /[/+]json$/.test(mediaType(headers) ?? "");
}

function mediaType(headers) {
  return headers.get("content-type")?.split(";", 1)[0].trim();
}

function expressionOf(template) {
  const escaped = template.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\{[^}]+\}/g, "[^/]+")}$`);
}
