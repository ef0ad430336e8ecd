// HTTP requests: a valid one of the table with some changes to its path, query, headers, body, method or token.

import { HTTP } from "./http-table.mjs";
import { isObject, write } from "./json.mjs";
import { changedText, changes, mutateBytes, mutateValue } from "./mutate.mjs";
import { ids, NUMBER_TEXTS, times, WORDS } from "./odd.mjs";
import { oddToken } from "./tokens.mjs";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const ROLES = ["member", "owner", "admin", "guard", "outsider", "other", "other-admin", "nobody"];
/** Maximum of resources of one kind per user and run; a repeat gets the first answer. */
const MADE = 12;
const TYPES = [
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/json; charset=utf-16",
  "application/merge-patch+json",
  "APPLICATION/JSON",
  "application/json;",
  ";",
  "*/*",
  "json",
  "application/jsonp",
  "",
  "application/json, text/plain",
];
const HEADERS = {
  "content-type": TYPES,
  accept: [
    "*/*",
    "application/cap+xml",
    "application/jsonl",
    "text/event-stream",
    "application/json;q=0",
    ",,,",
    "",
    "x".repeat(4_000),
  ],
  "idempotency-key": ["", " ", "a", "x".repeat(255), "x".repeat(256), "ñ", "a,b", '"a"', "key-1"],
  "last-event-id": [
    "",
    "0",
    "-1",
    ":",
    "a:1",
    "a:-1",
    "a:b:3",
    ":5",
    "1e3",
    "9223372036854775807",
    "9223372036854775808",
    "é:1",
  ],
  "x-socket-id": ["", "1.1", "1", "1.1.1", "-1.1", "99999999999999999999.1", "a.b", "1.1, 2.2", " 1.1"],
  "x-request-id": ["", "a", "x".repeat(300), '"\\"', "é", "a b", "{}", "../.."],
  "if-none-match": ["*", '""', 'W/"x"', '"a", "b"', "x", '"', "x".repeat(4_000)],
  origin: [
    "null",
    "",
    "http://localhost",
    "https://evil.example",
    "é",
    "x".repeat(2_000),
    "http://[::1]:80",
    "file://",
  ],
  "access-control-request-method": ["PUT", "", "é"],
  "cf-connecting-ip": [
    "",
    "1.2.3.4",
    "::1",
    "fe80::1%eth0",
    "999.1.1.1",
    "not an address",
    "2001:db8::1",
    "x".repeat(500),
  ],
  "x-campana-region": ["", "weur", "xx", "WEUR", "../", "x".repeat(200), "é"],
  "x-forwarded-for": ["1.2.3.4, 5.6.7.8"],
  range: ["bytes=0-0", "bytes=-1", "x"],
  "accept-encoding": ["gzip", "br, gzip", "x"],
  "content-encoding": ["gzip", "br", "identity", "x"],
  upgrade: ["h2c", ""],
  "sec-websocket-protocol": ["campana.v1", "campana.v1, bearer.", "bearer.a", ",", "é"],
  cookie: ["a=b", "x".repeat(4_000)],
  host: ["localhost", "evil.example", "localhost:1"],
  authorization: [
    "",
    "Bearer",
    "Bearer ",
    "bearer a.b.c",
    "Basic YTpi",
    "Bearer a b",
    "Bearer é",
    `Bearer ${"x".repeat(9_000)}`,
  ],
};
// Characters that Node refuses to send, or that the platform answers itself.
const UNSENT_IN_PATH = /[^\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]/gu;
const UNSENT_IN_HEADER = /[^\t\x20-\x7e\x80-\xff]/;

/** A generated input, as JSON except for bytes. */
export function httpInput(random, pool) {
  const template = random.pick(HTTP);
  const filled = (value) => fillAll(pool, random, value);
  const request = {
    name: `${template.method} ${template.path}`,
    method: template.method,
    path: segments(template.path).map((segment) => encodeURIComponent(pool.fill(random, segment))),
    filled: filledPlaces(template.path),
    query: Object.entries(filled(template.query ?? {})),
    headers: { ...filled(template.headers ?? {}) },
    body: filled(template.body),
    role: template.only || random.chance(0.88) ? (template.as ?? "member") : random.pick(ROLES),
    says: template.says === true,
  };
  // A query has only some of the fields.
  request.query = request.query.filter(() => random.chance(0.5));
  const person = request.role === "nobody" ? undefined : pool.someone(random, request.role);
  let token = person?.token;
  let change = (bytes) => bytes;
  for (let remaining = changes(random); remaining > 0; remaining -= 1) {
    const part = random.pick(["path", "query", "query", "headers", "body", "body", "body", "bytes", "method", "token"]);
    if (part === "token") token = template.only ? token : oddToken(random, pool);
    else if (part === "bytes") change = (bytes) => mutateBytes(random, bytes);
    else CHANGES[part](random, request, pool.baseTime);
  }
  if (template.makes) request.headers["idempotency-key"] ??= `made-${random.below(MADE)}`;
  const bytes = bodyOf(request);
  const { name, method, role, says } = request;
  return {
    name,
    method,
    path: pathOf(random, request),
    headers: headersOf(request, token, bytes),
    body: bytes === undefined ? undefined : change(bytes),
    role,
    user: person?.user,
    tenant: person?.tenant,
    says,
    ...manner(random, bytes),
  };
}

/** How an input is sent: mostly once and whole, else several times concurrently, or aborted within the body. */
function manner(random, bytes) {
  const chance = random.next();
  if (chance < 0.04) return { times: 2 + random.below(3) };
  return chance < 0.07 && bytes?.length > 0 ? { cut: random.below(bytes.length) } : {};
}

function segments(path) {
  return path.split("/").slice(1);
}

/** Segments of a path that the pool fills in. */
function filledPlaces(path) {
  const places = segments(path).entries();
  return [...places].filter(([, segment]) => segment.startsWith("{")).map(([at]) => at);
}

/** Names of the pool in every text of a value. */
export function fillAll(pool, random, value) {
  if (typeof value === "string") return pool.fill(random, value);
  if (Array.isArray(value)) return value.map((one) => fillAll(pool, random, one));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fillAll(pool, random, one)]));
}

const CHANGES = {
  method(random, request) {
    request.method = random.pick(METHODS);
  },

  path(random, request, base) {
    const { path, filled } = request;
    const at = filled.length > 0 && random.chance(0.7) ? random.pick(filled) : random.below(path.length);
    const segment = path[at];
    const known = path.find((part) => part.length === 36) ?? segment;
    const id = () => random.pick(ids(base, known));
    const replaced = random.pick([
      id,
      id,
      id,
      id,
      id,
      id,
      id,
      () => random.pick(WORDS),
      () => random.pick(NUMBER_TEXTS),
      () => changedText(random, segment),
      () => encodeURIComponent(segment.toWellFormed()),
      () => [...segment].map((char) => `%${char.codePointAt(0).toString(16).padStart(2, "0")}`).join(""),
      () => `${segment}/`,
      () => `${segment}//`,
      () => `./${segment}`,
      () => `x/../${segment}`,
      () => `${segment}%2f..%2f`,
      () => `${segment}%00`,
      () => `${segment}%c0%ae`,
      () => `${segment}%ff`,
      () => `${segment}%`,
      () => `${segment};a=b`,
      () => `${segment}#a`,
      () => "x".repeat(random.pick([1_000, 8_000])),
    ])();
    request.path = path.with(at, replaced);
  },

  query(random, request, base) {
    const { query } = request;
    const names = [
      "limit",
      "cursor",
      "before",
      "after",
      "around",
      "since",
      "until",
      "seq",
      "epoch",
      "q",
      "ticket",
      "info",
    ];
    const [name, value] = query.length > 0 ? random.pick(query) : [random.pick(names), "1"];
    const value_of = () => oddText(random, name, value, base);
    const others = query.filter(([one]) => one !== name);
    request.query = random.pick([
      () => [...others, [name, value_of()]],
      () => [...others, [name, value_of()]],
      () => [...others, [name, value_of()]],
      () => [...query, [name, value_of()]],
      () => [...query, [random.pick([...names, "colour", "limit[]", ""]), value_of()]],
      () => [...query, ...Array.from({ length: 300 }, (_, at) => [`k${at}`, "v"])],
      () => query.map(([one, its]) => [one.toUpperCase(), its]),
    ])();
  },

  headers(random, request) {
    const name = random.pick(Object.keys(HEADERS));
    request.headers[name] = random.pick(HEADERS[name]);
  },

  body(random, request, base) {
    if (request.body === undefined) request.body = random.pick([{}, [], null, { a: 1 }, { seq: 1 }]);
    request.body = mutateValue(random, request.body, base);
  },
};

/** Another value for a query field, mostly of the field's kind. */
function oddText(random, name, value, base) {
  const time = () => random.pick(times(base));
  const number = () => random.pick(NUMBER_TEXTS);
  const id = () => random.pick(ids(base, value));
  const others = [number, time, id, () => random.pick(WORDS), () => changedText(random, value)];
  const own = {
    since: time,
    until: time,
    limit: number,
    seq: number,
    entry: number,
    before: random.chance(0.5) ? number : () => cursor(random),
    after: random.chance(0.5) ? number : () => cursor(random),
    around: id,
    cursor: () => cursor(random),
  }[name];
  return own && random.chance(0.7) ? own() : random.pick(others)();
}

const LISTS = [
  "rooms",
  "members",
  "inbox",
  "messages",
  "users",
  "bans",
  "audits",
  "alerts",
  "alert_timeline",
  "online",
];

/** A cursor in the lists' encoding with unusual positions. */
function cursor(random) {
  const places = Array.from({ length: random.below(4) }, () => random.pick([...NUMBER_TEXTS, ...WORDS]));
  return Buffer.from(["1", random.pick(LISTS), ...places].join("\u001f")).toString("base64url");
}

function bodyOf({ body, headers }) {
  if (body === undefined) return undefined;
  if (headers["content-type"] === "application/x-www-form-urlencoded" && isObject(body)) {
    const text = (value) => (typeof value === "string" ? value.toWellFormed() : write(value));
    const pairs = Object.entries(body).flatMap(([name, value]) =>
      Array.isArray(value) ? value.map((one) => [`${name}[]`, text(one)]) : [[name, text(value)]],
    );
    return Buffer.from(new URLSearchParams(pairs).toString());
  }
  return Buffer.from(write(body));
}

/** The request target, without characters that cannot be sent. */
function pathOf(random, { path, query }) {
  const isRaw = random.chance(0.2);
  const encode = (text) => (isRaw ? text : encodeURIComponent(text.toWellFormed()));
  const pairs = query.map(([name, value]) => `${encode(name)}=${encode(String(value))}`);
  return sendable(`/${path.join("/")}${pairs.length > 0 ? `?${pairs.join("&")}` : ""}`);
}

export function sendable(path) {
  return path.toWellFormed().replaceAll(UNSENT_IN_PATH, (char) => encodeURIComponent(char));
}

function headersOf({ headers }, token, bytes) {
  const all = { ...headers };
  if (token !== undefined) all.authorization ??= `Bearer ${token}`;
  if (bytes !== undefined) all["content-type"] ??= "application/json";
  return Object.fromEntries(Object.entries(all).filter(([, value]) => !UNSENT_IN_HEADER.test(value)));
}
