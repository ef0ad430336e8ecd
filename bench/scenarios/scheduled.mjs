// Scheduled messages that become due in many conversations within a minute: whether each is sent once and in time.

import { mkdtempSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { signToken } from "../../scripts/lib/token.mjs";
import { rest } from "../lib/processes.mjs";
import * as seed from "../lib/seed.mjs";
import { spread } from "../lib/statistics.mjs";
import { CAMPANA, startCampana } from "../lib/systems.mjs";

/** As many as one person can have waiting. */
const EACH = 100;
const CONVERSATIONS = 1_000;
const CONVERSATIONS_QUICK = 100;
const SPREAD_MS = 60_000;
const CONNECTIONS = 32;
/** Time between the last request and the first due time. */
const LEAD_MS = 10_000;
/** Requests that tell how long all of them take. */
const SAMPLE = 1_000;
/** How long after the last due time the bench waits for the record to have every message. */
const PATIENCE_MS = 180_000;

export const scheduled = {
  names: ["scheduled"],

  async run({ folder, quick, wanted, progress }) {
    if (!wanted("scheduled")) return [];
    const conversations = quick ? CONVERSATIONS_QUICK : CONVERSATIONS;
    const system = await startCampana(mkdtempSync(join(folder, "scheduled-")), [
      ...seed.people(conversations),
      ...seed.ownGroups(conversations),
    ]);
    try {
      const perSecond = await schedule(system, conversations, progress);
      progress("scheduled: the messages become due");
      await ended(system, conversations * EACH);
      await rest([system.pid]);
      return [resultOf(await outcome(system), conversations * EACH, perSecond)];
    } finally {
      await system.stop();
    }
  },
};

/** Schedules the messages of all conversations over the API, evenly over a minute; returns requests per second. */
async function schedule(system, conversations, progress) {
  const count = conversations * EACH;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const tokens = Array.from({ length: conversations }, (_, person) =>
    signToken({ user: `bench-${person}`, name: `bench-${person}`, tenant: seed.TENANT, secret: seed.SECRET }),
  );
  const post = (number, sendAt) => {
    const at = number % conversations;
    const path = `/api/chat/conversations/${seed.conversationId(at)}/scheduled`;
    return send(new URL(path, system.url), agent, tokens[at], {
      body: `Message ${number} of a person who writes ahead.`,
      send_at: new Date(sendAt).toISOString(),
    });
  };
  // The sample tells how far ahead the messages must be scheduled; it is due another day, and cancelled.
  const far = Date.now() + 24 * 3_600_000;
  let each = 0;
  // Of the first round, objects that are created would be most of the time.
  for (let round = 0; round < 2; round += 1) {
    const began = performance.now();
    const sample = await inParallel(SAMPLE, (number) => post(number, far));
    each = (performance.now() - began) / SAMPLE;
    await inParallel(SAMPLE, (number) =>
      send(new URL(`/api/me/scheduled/${sample[number].id}`, system.url), agent, tokens[number % conversations], null),
    );
  }
  const first = Date.now() + 1.5 * each * count + LEAD_MS;
  let done = 0;
  const beganAll = performance.now();
  await inParallel(count, async (number) => {
    await post(number, first + Math.floor((number / count) * SPREAD_MS));
    done += 1;
    if (done % 1_000 === 0) progress(`scheduled: ${done} of ${count} requests`);
  });
  if (Date.now() > first) throw new Error("the messages became due before all were scheduled");
  agent.destroy();
  return count / ((performance.now() - beganAll) / 1_000);
}

/** Calls `work` with 0 to `count - 1`, a few at once; resolves with the results in order. */
async function inParallel(count, work) {
  const results = [];
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const number = next;
      next += 1;
      results[number] = await work(number);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  return results;
}

/** Sends JSON with POST, or DELETE if there is none. */
function send(url, agent, token, body) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method: body ? "POST" : "DELETE", headers }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(parts).toString();
        if (response.statusCode >= 300) reject(new Error(`${url.pathname}: ${response.statusCode} ${text}`));
        else resolve(text ? JSON.parse(text) : undefined);
      });
    });
    sent.on("error", reject);
    sent.end(body ? JSON.stringify(body) : undefined);
  });
}

/** Resolves when no message waits and the record has all that were sent. */
async function ended(system, count) {
  const [{ last }] = await system.rows(
    "SELECT max(send_at) AS last FROM scheduled_messages WHERE status <> 'cancelled'",
  );
  await sleep(Math.max(0, last - Date.now()));
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(1_000)) {
    const [{ sent }] = await system.rows("SELECT count(*) AS sent FROM scheduled_messages WHERE status = 'sent'");
    const [{ written }] = await system.rows("SELECT count(*) AS written FROM messages");
    if (sent >= count && written >= count) return;
  }
}

/** What the record says: how many were sent, how often, and how late, in milliseconds. */
async function outcome(system) {
  const [counts] = await system.rows(
    `SELECT count(*) AS scheduled, sum(s.status = 'sent') AS sent, count(m.id) AS messages, count(DISTINCT m.id) AS different,
       (SELECT count(*) FROM messages) AS written, sum(m.created_at < s.send_at) AS early
     FROM scheduled_messages AS s LEFT JOIN messages AS m ON m.id = s.message_id
     WHERE s.status <> 'cancelled'`,
  );
  const late = await system.rows(
    `SELECT m.created_at - s.send_at AS ms FROM scheduled_messages AS s JOIN messages AS m ON m.id = s.message_id
     ORDER BY ms`,
  );
  const at = (share) => late[Math.min(late.length - 1, Math.floor(share * late.length))]?.ms;
  return { ...counts, p50: at(0.5), p99: at(0.99), max: at(1) };
}

function resultOf(found, count, perSecond) {
  const seconds = (ms) => spread([ms / 1_000]);
  const failures = [];
  if (found.sent !== count || found.messages !== count) failures.push(`${found.messages} of ${count} were sent`);
  if (found.different !== found.messages || found.written !== found.messages)
    failures.push(`${found.written} messages were written for ${found.messages} that were sent`);
  if (found.early > 0) failures.push(`${found.early} were sent early`);
  return {
    name: "scheduled",
    title: `${count} scheduled messages in ${count / EACH} conversations, due evenly over ${SPREAD_MS / 1_000} s`,
    rows: [
      { label: "scheduled a second", digits: 0, values: { [CAMPANA]: spread([perSecond]) } },
      { label: "lateness p50, s", digits: 3, values: { [CAMPANA]: seconds(found.p50) } },
      { label: "lateness max, s", digits: 3, values: { [CAMPANA]: seconds(found.max) } },
    ],
    figures: [
      {
        label: "scheduled: lateness p99",
        value: seconds(found.p99),
        target: 5,
        bound: "at most",
        unit: "s",
        digits: 3,
      },
    ],
    notes: [`${found.sent} sent, ${found.early} early, ${found.written} messages written`],
    failures,
    raw: found,
  };
}
