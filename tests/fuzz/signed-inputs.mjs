// Inputs signed by an app's backend: requests of the HTTP API, subscriptions and sign-ins. The signature is mostly valid for
// any content; sometimes the signature itself is changed.
import { fillAll, sendable } from "./http-inputs.mjs";
import { write } from "./json.mjs";
import { changedText, changes, mutateBytes, mutateValue } from "./mutate.mjs";
import { NUMBER_TEXTS, WORDS } from "./odd.mjs";
import { CHANNELS } from "./pool.mjs";

const EVENT = {
  name: "order.paid",
  channels: ["{channel}", "news"],
  data: '{"a":1}',
  socket_id: "1.1",
  info: "subscription_count",
};
/** Valid requests of the HTTP API for backends, below `/apps/{id}`. */
export const CALLS = [
  { method: "POST", path: "events", body: EVENT },
  { method: "POST", path: "events", body: { name: "e", channel: "cache-news", data: "text", info: "cache" } },
  { method: "POST", path: "events", body: { name: "e", channel: "presence-orders", data: "{}", info: "user_count" } },
  {
    method: "POST",
    path: "events",
    body: { name: "e", channel: "private-encrypted-orders", data: '{"nonce":"a","ciphertext":"b"}' },
  },
  { method: "POST", path: "events", body: { name: "e", channel: "#server-to-user-fuzz-1", data: "{}" } },
  {
    method: "POST",
    path: "batch_events",
    body: {
      batch: [
        { name: "a", channel: "{channel}", data: "{}", info: "subscription_count" },
        { name: "b", channel: "news", data: "{}" },
      ],
    },
  },
  { method: "GET", path: "channels", query: { filter_by_prefix: "presence-", info: "user_count,subscription_count" } },
  { method: "GET", path: "channels", query: {} },
  { method: "GET", path: "channels/{channel}", query: { info: "subscription_count" } },
  { method: "GET", path: "channels/cache-news", query: { info: "cache" } },
  { method: "GET", path: "channels/presence-orders/users", query: {} },
  { method: "GET", path: "channels/{channel}/users", query: {} },
  {
    method: "POST",
    path: "notifications",
    body: {
      user_ids: ["{person}", 7],
      kind: "order.shipped",
      key: "{key}",
      title: "On its way",
      body: "Order {key}",
      url: "/orders/12",
      data: { order: 12 },
    },
  },
  { method: "POST", path: "users/{person}/terminate_connections", body: {} },
  { method: "POST", path: "users/{person}/terminate_connections" },
];
const PEOPLE = [
  { user_id: "{person}", user_info: { name: "Fuzz", avatar: null }, expires_at: 253402300799000 },
  { user_id: 7, user_info: {} },
  { user_id: "{guard}" },
];
const USERS = [
  { id: "{person}", user_info: { name: "Fuzz" }, watchlist: ["{person}", "{member}"], expires_at: 253402300799000 },
];

/** A generated input. */
export function signedInput(random, pool) {
  const kind = random.next();
  if (kind < 0.55) return call(random, pool);
  return kind < 0.85 ? subscription(random, pool) : signIn(random, pool);
}

function call(random, pool) {
  const template = random.pick(CALLS);
  const request = fillAll(pool, random, { query: {}, ...template, path: "" });
  let { body } = request;
  const segments = template.path.split("/").map((segment) => encodeURIComponent(pool.fill(random, segment)));
  let path = `/apps/1/${segments.join("/")}`;
  let change = (bytes) => bytes;
  const query = Object.entries(request.query);
  const signature = {};
  for (let remaining = changes(random); remaining > 0; remaining -= 1) {
    random.pick([
      () => {
        body = mutateValue(random, body ?? {}, pool.baseTime);
      },
      () => {
        body = mutateValue(random, body ?? {}, pool.baseTime);
      },
      () => {
        change = (bytes) => mutateBytes(random, bytes);
      },
      () => {
        query.push([
          random.pick(["info", "filter_by_prefix", "Info", "colour", ""]),
          random.pick([...WORDS, "cache", "user_count"]),
        ]);
      },
      () => {
        const parts = path.split("/");
        const at = 2 + random.below(parts.length - 2);
        path = parts.with(at, random.pick([...WORDS, changedText(random, parts[at])])).join("/");
      },
      () => {
        const name = random.pick(["auth_key", "auth_version", "auth_timestamp", "body_md5", "auth_signature"]);
        signature[name] = random.pick([...NUMBER_TEXTS, ...WORDS]);
      },
      () => {
        signature.late_s = random.pick([-599, 599, -601, 601]);
      },
    ])();
  }
  const bytes = body === undefined ? undefined : change(Buffer.from(write(body)));
  return {
    name: `${template.method} ${template.path}`,
    way: "call",
    method: template.method,
    path: sendable(path),
    query,
    body: bytes,
    signature,
  };
}

/** A subscription with a signature of the exact channel data. */
function subscription(random, pool) {
  const channel = random.chance(0.5)
    ? pool.fill(random, "{channel}")
    : random.pick(CHANNELS.filter((name) => name.startsWith("p")));
  const channel_data = saying(random, pool, random.pick(PEOPLE));
  const isCarried = random.chance(0.15);
  const isLeftOut = random.chance(0.1);
  return {
    name: `subscription ${channel.split(/[-.]/)[0]}`,
    way: "subscription",
    channel,
    channel_data,
    isCarried,
    isLeftOut,
  };
}

function signIn(random, pool) {
  return { name: "sign-in", way: "sign-in", user_data: saying(random, pool, random.pick(USERS)) };
}

function saying(random, pool, template) {
  let value = fillAll(pool, random, template);
  let change = (bytes) => bytes;
  for (let remaining = changes(random); remaining > 0; remaining -= 1) {
    if (random.chance(0.8)) value = mutateValue(random, value, pool.baseTime);
    else change = (bytes) => mutateBytes(random, bytes);
  }
  return change(Buffer.from(write(value))).toString("utf8");
}
