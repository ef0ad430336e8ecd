// The demo app's row, and demo data created through the HTTP API, so that the edge validates it. Idempotent: creations carry an
// Idempotency-Key, messages a client_msg_id.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { DEMO_CONVERSATIONS, DEMO_PEOPLE } from "./demo-data.mjs";
import { DEMO_APP, signToken } from "./token.mjs";

const INSERT_APP = `INSERT INTO apps (id, tenant_id, key, secret, allowed_origins, created_at)
  VALUES (?1, ?2, ?3, ?4, '["*"]', CAST(?5 AS INTEGER)) ON CONFLICT DO NOTHING`;
const RETRIES = 20;

export async function insertDemoApp(database) {
  const { id, tenant, key, secret } = DEMO_APP;
  await database.prepare(INSERT_APP).bind(id, tenant, key, secret, Date.now()).run();
}

/** @param {string} url of the edge @param {string} folder where a file stores the version of the seeded data */
export async function seedDemo(url, folder) {
  const mark = join(folder, "demo");
  const version = createHash("sha256")
    .update(JSON.stringify([DEMO_PEOPLE, DEMO_CONVERSATIONS]))
    .digest("hex");
  if (readIfThere(mark) === version) return;

  const began = performance.now();
  const call = caller(url);
  for (const { user } of DEMO_PEOPLE) await call(user, "GET", "/api/me");
  for (const conversation of DEMO_CONVERSATIONS) await seedConversation(call, conversation);
  writeFileSync(mark, version);
  console.log(`demo data: ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

async function seedConversation(call, conversation) {
  const { key, lines } = conversation;
  const path = await OPEN[conversation.type](call, conversation);
  const [first] = conversation.people;
  const page = await call(first, "GET", `${path}?limit=100`);
  const present = new Set(page.data.map((message) => message.client_msg_id));
  for (const [index, [user, body]] of lines.entries()) {
    const client_msg_id = `demo-${key}-${index}`;
    if (!present.has(client_msg_id)) await call(user, "POST", path, { body, client_msg_id });
  }
}

// Each creates the conversation with its members and returns the path of its messages.
const OPEN = {
  async room(call, { key, room, people: [owner, ...others] }) {
    const { data } = await call(owner, "GET", "/api/chat/rooms?limit=100");
    const found = data.find((candidate) => candidate.name === room.name);
    const { id } = found ?? (await call(owner, "POST", "/api/chat/rooms", room, `demo-${key}`));
    for (const user_id of others) {
      if (room.visibility === "public") await call(user_id, "POST", `/api/chat/rooms/${id}/join`);
      else await call(owner, "POST", `/api/chat/rooms/${id}/members`, { user_id });
    }
    return `/api/chat/rooms/${id}/messages`;
  },

  async dm(call, { people: [one, other] }) {
    const { id } = await call(one, "POST", "/api/chat/conversations", { type: "dm", user_id: other });
    return `/api/chat/conversations/${id}/messages`;
  },

  async group(call, { key, metadata, people: [owner, ...user_ids] }) {
    const { data } = await call(owner, "GET", "/api/chat/conversations?limit=100");
    const found = data.find((candidate) => candidate.metadata?.name === metadata.name);
    const body = { type: "group", user_ids, metadata };
    const { id } = found ?? (await call(owner, "POST", "/api/chat/conversations", body, `demo-${key}`));
    return `/api/chat/conversations/${id}/messages`;
  },

  async general(call, { people }) {
    for (const user of people) await call(user, "GET", "/api/chat/messages?limit=1");
    return "/api/chat/messages";
  },
};

// Calls the API as any demo user, and obeys Retry-After on 429.
function caller(url) {
  const tokens = new Map(DEMO_PEOPLE.map((person) => [person.user, signToken(person)]));
  return async function call(user, method, path, body, idempotencyKey) {
    const headers = { authorization: `Bearer ${tokens.get(user)}` };
    if (body) headers["content-type"] = "application/json";
    if (idempotencyKey) headers["idempotency-key"] = idempotencyKey;
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
      const text = await response.text();
      if (response.ok) return text ? JSON.parse(text) : undefined;
      if (response.status !== 429 || attempt === RETRIES) {
        throw new Error(`demo data: ${method} ${path} answered ${response.status}: ${text}`);
      }
      await wait(1000 * Number(response.headers.get("retry-after") ?? 1));
    }
  };
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
