// Cost of lists: threads as a conversation grows, and an inbox in large and small pages.

import { mkdtempSync } from "node:fs";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { signToken } from "../../scripts/lib/token.mjs";
import { growthOf } from "../lib/growth.mjs";
import { rest } from "../lib/processes.mjs";
import * as seed from "../lib/seed.mjs";
import { ratios, spread } from "../lib/statistics.mjs";
import { startCampana } from "../lib/systems.mjs";

const SMALL = 1_000;
const LARGE = 1_000_000;
const THREADS = 100;
const REPLIES = 50;
const INBOX = 200;
const WARM_UP = 10;
const TURNS_PER_RUN = 3;
/** A user with an inbox of 200 conversations; the first user has the threads. */
const READER = "bench-1";
const WRITER = "bench-0";

const name = (messages) => `${messages} messages`;

export const lists = {
  names: ["threads", "inbox"],

  async run({ folder, runs, quick, wanted, progress }) {
    const sizes = wanted("threads") ? [SMALL, LARGE] : [SMALL];
    const systems = [];
    try {
      for (const messages of sizes) {
        progress(`lists: writing ${name(messages)}`);
        const statements = [
          ...seed.people(2),
          ...seed.conversation(seed.conversationId(0), { members: 2, messages }),
          ...seed.threads(seed.conversationId(0), { threads: THREADS, replies: REPLIES, messages }),
          ...Array.from({ length: INBOX - 1 }, (_, index) =>
            seed.unreadConversation(seed.conversationId(index + 1)),
          ).flat(),
        ];
        systems.push({ ...(await startCampana(mkdtempSync(join(folder, "lists-")), statements)), messages });
      }
      const counts = quick ? 40 : 150;
      const reports = Object.fromEntries(sizes.map((messages) => [name(messages), []]));
      const inboxes = { large: [], small: [] };
      for (let turn = 0; turn < runs * TURNS_PER_RUN; turn += 1) {
        for (const system of systems) {
          progress(`lists, turn ${turn + 1} of ${runs * TURNS_PER_RUN}, ${name(system.messages)}`);
          await rest(systems.map(({ pid }) => pid));
          const root = seed.messageId(seed.conversationId(0), 1);
          reports[name(system.messages)].push({
            replies: await median(system.url, WRITER, `/api/chat/messages/${root}/replies`, counts),
            threads: await median(system.url, WRITER, "/api/chat/threads", counts),
          });
        }
        if (!wanted("inbox")) continue;
        const [system] = systems;
        inboxes.large.push(await pages(system.url, 100, quick ? 10 : 30));
        inboxes.small.push(await pages(system.url, 20, quick ? 10 : 30));
      }
      return [wanted("threads") && threadsOf(reports), wanted("inbox") && inboxOf(inboxes)].filter(Boolean);
    } finally {
      await Promise.all(systems.map((system) => system.stop()));
    }
  },
};

function threadsOf(reports) {
  const { row, figure } = growthOf("threads", reports);
  return {
    name: "threads",
    title: `a page of replies, and the list of ${THREADS} followed threads, as a conversation grows`,
    rows: [
      row("page of 50 replies p50, ms", ({ replies }) => replies),
      row("page of 50 threads p50, ms", ({ threads }) => threads),
    ],
    figures: [
      figure("page of replies p50", ({ replies }) => replies, name(SMALL), name(LARGE)),
      figure("page of threads p50", ({ threads }) => threads, name(SMALL), name(LARGE)),
    ],
    notes: [],
    failures: [],
    raw: reports,
  };
}

function inboxOf({ large, small }) {
  return {
    name: "inbox",
    title: `an inbox of ${INBOX} conversations with unread messages and mentions, whole`,
    rows: [
      {
        label: "whole inbox p50, ms",
        digits: 3,
        values: { "2 pages of 100": spread(large), "10 pages of 20": spread(small) },
      },
    ],
    figures: [
      {
        label: "inbox: 2 pages of 100 / 10 pages of 20",
        value: ratios(large, small),
        target: 1.3,
        bound: "at most",
      },
    ],
    notes: [],
    failures: [],
    raw: { large, small },
  };
}

/** Median time of a request in milliseconds, one after the other on one connection. */
async function median(url, user, path, count) {
  const ask = asker(url, user);
  const times = [];
  for (let number = 0; number < WARM_UP + count; number += 1) {
    const { body, ms } = await ask(path);
    if (body.data.length === 0) throw new Error(`${path} is empty`);
    if (number >= WARM_UP) times.push(ms);
  }
  ask.close();
  return spread(times).median;
}

/** Median time of reading a whole inbox. */
async function pages(url, limit, count) {
  const ask = asker(url, READER);
  const times = [];
  for (let number = 0; number < 2 + count; number += 1) {
    let [total, listed] = [0, 0];
    for (let cursor = ""; cursor !== null; ) {
      const { body, ms } = await ask(`/api/chat/conversations?limit=${limit}${cursor && `&cursor=${cursor}`}`);
      total += ms;
      listed += body.data.length;
      if (body.data.some(({ unread_count, mention_count }) => unread_count === 0 || mention_count === 0))
        throw new Error("a conversation has no unread message or mention");
      cursor = body.next_cursor;
    }
    if (listed !== INBOX) throw new Error(`${listed} conversations instead of ${INBOX}`);
    if (number >= 2) times.push(total);
  }
  ask.close();
  return spread(times).median;
}

function asker(url, user) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = {
    authorization: `Bearer ${signToken({ user, name: user, tenant: seed.TENANT, secret: seed.SECRET })}`,
  };
  const ask = (path) =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const request = get(new URL(path, url), { agent, headers }, (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => {
          const ms = performance.now() - began;
          const text = Buffer.concat(parts).toString();
          if (response.statusCode !== 200) return reject(new Error(`${path}: ${response.statusCode} ${text}`));
          resolve({ body: JSON.parse(text), ms });
        });
      });
      request.on("error", reject);
    });
  ask.close = () => agent.destroy();
  return ask;
}
