// Frames of campana.v1 and handshakes: valid ones with some changes.
import { fillAll } from "./http-inputs.mjs";
import { write } from "./json.mjs";
import { changes, mutateBytes, mutateValue } from "./mutate.mjs";
import { ids, NUMBER_TEXTS, WORDS } from "./odd.mjs";
import { oddToken } from "./tokens.mjs";

const ID = "0190a7c0-0000-7000-8000-000000000001";
const CONVERSATION = [
  {
    type: "send",
    client_msg_id: "{key}",
    body: "hello {key}",
    message_type: "text",
    parent_id: "{message}",
    metadata: { a: { b: [1] } },
  },
  { type: "send", client_msg_id: "{key}", body: "hello" },
  { type: "send", client_msg_id: "{key}", body: "p", message_type: "image", metadata: { url: "/api/chat/files/1" } },
  { type: "send", client_msg_id: "{key}", attachments: ["{message}"] },
  { type: "edit", id: "{message}", body: "changed" },
  { type: "delete", id: "{message}" },
  { type: "react", id: "{message}", emoji: "\u{1f44d}" },
  { type: "unreact", id: "{message}", emoji: "\u{1f44d}" },
  { type: "typing", on: true },
  { type: "read", seq: 1 },
  { type: "resume", epoch: "{epoch}", seq: 0 },
  { type: "pong" },
];
const OWN = [{ type: "hello" }, { type: "resume", epoch: "{epoch}", seq: 0 }, { type: "pong" }];
const DESK = [
  { type: "receipt", ids: ["{alert}", "{alert}"], state: "seen" },
  { type: "receipt", ids: ["{alert}"], state: "delivered" },
  { type: "resume", epoch: "{epoch}", seq: 0 },
  { type: "pong" },
];
const TEXTS = ["ping", "pong", "PING", " ping", "", " ", "null", "7", '"ping"', "[]", "{}", "[{}]", "\0", "\ufeff{}"];

/** A generated input. */
export function nativeInput(random, pool) {
  const kind = random.next();
  if (kind < 0.2) return opening(random, pool);
  if (kind < 0.25) return broken(random, pool);
  const surface = random.pick(["conversation", "conversation", "conversation", "conversation", "own", "desk"]);
  const table = { conversation: CONVERSATION, own: OWN, desk: DESK }[surface];
  const frames = Array.from({ length: 1 + random.below(3) }, () => frameOf(random, pool, random.pick(table)));
  return { name: `${surface} frames`, way: "frames", ...endpointOf(random, pool, surface), frames };
}

function endpointOf(random, pool, surface) {
  const person = random.pick(surface === "desk" ? pool.guards : pool.people);
  const paths = {
    conversation: `/api/chat/conversations/${pool.fill(random, "{conversation}")}/socket`,
    own: "/api/me/socket",
    desk: "/api/security/alerts/socket",
  };
  return { surface, path: paths[surface], user: person.user, token: person.token };
}

/** One frame: a string, or bytes for a binary frame. */
function frameOf(random, pool, template) {
  if (random.chance(0.04)) return random.pick(TEXTS);
  let frame = fillAll(pool, random, template);
  let change = (bytes) => bytes;
  let isBinary = false;
  for (let remaining = changes(random); remaining > 0; remaining -= 1) {
    const kind = random.next();
    if (kind < 0.72) frame = mutateValue(random, frame, pool.baseTime);
    else if (kind < 0.94) change = (bytes) => mutateBytes(random, bytes);
    else isBinary = true;
  }
  const bytes = change(Buffer.from(write(frame)));
  return isBinary ? bytes : bytes.toString("utf8");
}

/** A changed handshake. */
function opening(random, pool) {
  const surface = random.pick(["conversation", "conversation", "own", "desk"]);
  const endpoint = endpointOf(random, pool, surface);
  const query = { client_id: "tab-1", epoch: pool.epoch, seq: "0", ticket: "x" };
  const names = Object.keys(query).filter(() => random.chance(0.4));
  const values = Object.fromEntries(names.map((name) => [name, query[name]]));
  let { token, path } = endpoint;
  let protocols = ["campana.v1", `bearer.${token}`];
  for (let remaining = Math.max(1, changes(random)); remaining > 0; remaining -= 1) {
    random.pick([
      () => {
        values.seq = random.pick(NUMBER_TEXTS);
      },
      () => {
        const name = random.pick(Object.keys(query));
        values[name] = random.pick([...WORDS, ...NUMBER_TEXTS]);
      },
      () => {
        values[random.pick(["colour", "token", "Seq", ""])] = "1";
      },
      () => {
        token = oddToken(random, pool);
        protocols = ["campana.v1", `bearer.${token}`];
      },
      () => {
        path = path.replace(/[0-9a-f-]{36}/, (id) =>
          encodeURIComponent(random.pick(ids(pool.baseTime, id ?? ID)).toWellFormed()),
        );
      },
      () => {
        protocols = random.pick([
          [],
          ["campana.v1"],
          [`bearer.${token}`],
          ["campana.v2", `bearer.${token}`],
          [`bearer.${token}`, "campana.v1"],
          ["campana.v1", "bearer."],
          ["CAMPANA.V1", `bearer.${token}`],
          ["campana.v1", `bearer.${token}`, "bearer.x"],
        ]);
      },
    ])();
  }
  // A value that a URL cannot contain is left empty.
  const parameters = Object.entries(values).map(([name, value]) => [name, String(value).toWellFormed()]);
  const search = new URLSearchParams(parameters).toString();
  return {
    ...endpoint,
    name: `${surface} opening`,
    way: "opening",
    path: search ? `${path}?${search}` : path,
    protocols,
  };
}

const MASK = [1, 2, 3, 4];

/** Bytes that are no frame, or only part of one. */
function broken(random, pool) {
  const surface = random.pick(["conversation", "own", "desk"]);
  const payload = Buffer.from(random.pick(["ping", "{}", '{"type":"typing","on":true}', "\ud800", "x".repeat(125)]));
  const bytes = random.pick([
    () => frame(0x81, payload, { isMasked: false }),
    () => frame(0x81, payload).subarray(0, -1),
    () => frame(0x81, payload).subarray(0, 1),
    () => frame(0x81, Buffer.from(random.pick([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80]]))),
    () => frame(0x80, payload),
    () => frame(0x01, payload),
    () => Buffer.concat([frame(0x01, payload), frame(0x81, payload)]),
    () => Buffer.concat([frame(0x01, payload.subarray(0, 1)), frame(0x89, payload), frame(0x80, payload.subarray(1))]),
    () => frame(0xf1, payload),
    () => frame(0x83, payload),
    () => frame(0x8f, payload),
    () =>
      frame(
        0x88,
        Buffer.from(random.pick([[], [3], [3, 232], [3, 237], [3, 238], [15, 255], [255, 255], [3, 232, 255]])),
      ),
    () => frame(0x89, Buffer.alloc(126)),
    () => frame(0x8a, payload),
    () => Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ...MASK]),
    () => Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, ...MASK]),
    () => Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    () => Buffer.alloc(random.pick([1, 1_000]), random.pick([0, 0x81, 0xff])),
  ])();
  return { name: `${surface} bytes`, way: "bytes", ...endpointOf(random, pool, surface), bytes };
}

/** A WebSocket frame, as RFC 6455 has it, of up to 65,535 bytes. */
function frame(first, payload, { isMasked = true } = {}) {
  const size = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 255];
  const head = [first, size[0] | (isMasked ? 128 : 0), ...size.slice(1), ...(isMasked ? MASK : [])];
  return Buffer.concat([
    Buffer.from(head),
    Buffer.from(payload.map((byte, at) => (isMasked ? byte ^ MASK[at % 4] : byte))),
  ]);
}
