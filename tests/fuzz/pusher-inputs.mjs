// Frames of the Pusher protocol and handshakes: valid ones with some changes. Signatures are made when sending: `{auth}` stands
// for the signature of the socket, the channel and the data.
import { fillAll } from "./http-inputs.mjs";
import { write } from "./json.mjs";
import { changedText, changes, mutateBytes, mutateValue } from "./mutate.mjs";
import { NUMBER_TEXTS, WORDS } from "./odd.mjs";
import { CHANNELS } from "./pool.mjs";

const VERSION = { protocol: "7", client: "js", version: "8.6.0", flash: "false" };
const subscribe = (channel, data) => ({ event: "pusher:subscribe", data: { channel, auth: "{auth}", ...data } });
const member = (user_id) => JSON.stringify({ user_id, user_info: { name: "F" } });
/** Names of the maximum length, of which a socket accepts a limited number. */
const LONG = Array.from({ length: 12 }, (_, at) => `private-${String(at).padStart(156, "x")}`);
const FRAMES = [
  ...CHANNELS.map((channel) => {
    const isPresence = channel.startsWith("presence-");
    return subscribe(channel, isPresence ? { channel_data: member("fuzz-1") } : {});
  }),
  ...LONG.map((channel) => subscribe(channel)),
  subscribe("{channel}", { channel_data: member("fuzz-2") }),
  subscribe("presence-chat", { channel_data: member("fuzz-unknown") }),
  subscribe("presence-chat", { channel_data: '{"user_id":7}' }),
  { event: "pusher:subscribe", data: JSON.stringify({ channel: "news" }) },
  { event: "pusher:unsubscribe", data: { channel: "{channel}" } },
  { event: "pusher:ping", data: {} },
  { event: "pusher:pong", data: {} },
  { event: "client-typing", channel: "private-orders", data: { a: 1 } },
  { event: "client-typing", channel: "presence-orders", data: "text" },
  { event: "client-read", channel: "{channel}", data: { ids: [1, 2] } },
  { event: "client-receipt", channel: "private-panic-alerts", data: { ids: ["{alert}"], state: "seen" } },
  {
    event: "pusher:signin",
    data: { auth: "{auth:user}", user_data: '{"id":"fuzz-1","user_info":{},"watchlist":["fuzz-2"]}' },
  },
  { event: "pusher:unknown", data: {} },
];
const TEXTS = [
  "",
  "ping",
  "null",
  "7",
  "[]",
  "{}",
  '{"event":"pusher:ping"}',
  '{"event":"pusher:ping","data":{}}',
  "\0",
];

/** A generated input. */
export function pusherInput(random, pool) {
  if (random.chance(0.12)) return opening(random);
  const count = random.chance(0.05) ? 10 + random.below(20) : 1 + random.below(3);
  const frames = Array.from({ length: count }, () => frameOf(random, pool));
  return { name: "frames", way: "frames", frames };
}

function frameOf(random, pool) {
  if (random.chance(0.04)) return { text: random.pick(TEXTS) };
  let frame = fillAll(pool, random, random.pick(FRAMES));
  const { channel, channel_data, user_data } = typeof frame.data === "object" ? frame.data : {};
  // The signature covers the frame before the changes.
  const signed = { channel, channel_data, user_data };
  let change = (bytes) => bytes;
  let isBinary = false;
  for (let remaining = changes(random); remaining > 0; remaining -= 1) {
    const kind = random.next();
    if (kind < 0.74) frame = mutateValue(random, frame, pool.baseTime);
    else if (kind < 0.95) change = (bytes) => mutateBytes(random, bytes);
    else isBinary = true;
  }
  const bytes = change(Buffer.from(write(frame)));
  return isBinary ? { binary: bytes } : { text: bytes.toString("utf8"), signed };
}

/** A changed handshake. */
function opening(random) {
  let key = "demo-key";
  const query = { ...VERSION };
  const headers = {};
  for (let remaining = Math.max(1, changes(random)); remaining > 0; remaining -= 1) {
    random.pick([
      () => {
        query.protocol = random.pick(NUMBER_TEXTS);
      },
      () => {
        query[random.pick(Object.keys(VERSION))] = random.pick(WORDS);
      },
      () => {
        delete query.protocol;
      },
      () => {
        key = random.pick([...WORDS, "other-key", changedText(random, key)]);
      },
      () => {
        headers.origin = random.pick(["null", "http://localhost", "https://evil.example", "x", "x".repeat(3_000)]);
      },
      () => {
        headers["x-campana-region"] = random.pick(["weur", "xx", "enam", "..", "x".repeat(100)]);
      },
    ])();
  }
  const parameters = Object.entries(query).map(([name, value]) => [name, String(value).toWellFormed()]);
  const path = `/app/${encodeURIComponent(key.toWellFormed())}?${new URLSearchParams(parameters)}`;
  return { name: "opening", way: "opening", path, headers };
}
