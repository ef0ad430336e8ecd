// What clients without a user cost the others: a member's requests alone, and while anonymous Pusher sockets invent channels.
//   node bench/anonymous-flood.mjs [--sockets 2000] [--per-second 10] [--seconds 40] [--requests 1000]
// It runs the edge that is built (`build`), and prints the requests' p99, the engine's memory, and the objects of channels.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import WebSocket from "ws";
import { signToken } from "../scripts/lib/token.mjs";
import * as seed from "./lib/seed.mjs";
import { CAMPANA, startCampana } from "./lib/systems.mjs";

const OPENED_AT_ONCE = 50;
const PAUSE_BETWEEN_REQUESTS_MS = 20;
const MEBIBYTE = 1024 * 1024;
/** All sockets come from one network. The platform sets this header. */
const ADDRESS = { "cf-connecting-ip": "192.0.2.1" };

const { values } = parseArgs({
  options: {
    sockets: { type: "string", default: "2000" },
    "per-second": { type: "string", default: "10" },
    seconds: { type: "string", default: "40" },
    requests: { type: "string", default: "1000" },
    flood: { type: "string" },
  },
});
const [sockets, rate, seconds, requests] = ["sockets", "per-second", "seconds", "requests"].map((name) =>
  Number(values[name]),
);
await (values.flood === undefined ? measure() : flood(values.flood));

async function measure() {
  const folder = mkdtempSync(join(tmpdir(), "campana-flood-"));
  const campana = await startCampana(folder, []);
  try {
    const token = signToken({ user: "7", name: "Ana", tenant: seed.TENANT, secret: seed.SECRET });
    await timeRequests(campana.url, token, 20);
    const alone = await timeRequests(campana.url, token, requests);
    const before = residentBytes(campana.pid);
    const child = spawn(
      process.execPath,
      [fileURLToPath(import.meta.url), "--flood", campana.url, ...process.argv.slice(2)],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const printed = [];
    child.stdout.on("data", (data) => printed.push(String(data)));
    const exited = once(child, "exit");
    await once(child.stdout, "data");
    const during = await timeRequests(campana.url, token, requests);
    const grown = residentBytes(campana.pid) - before;
    await exited;
    const objects = readdirSync(join(folder, CAMPANA), { recursive: true }).filter((file) =>
      /Channel\/[0-9a-f]{64}\.sqlite$/.test(file),
    );
    console.log(`${printed.join("").trim()}
p99 of ${requests} requests: ${alone.toFixed(1)} ms alone, ${during.toFixed(1)} ms during the flood, ${(during / alone).toFixed(2)} x
memory: ${(grown / MEBIBYTE).toFixed(0)} MiB more; objects of channels: ${objects.length}`);
  } finally {
    await campana.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function timeRequests(url, token, count) {
  const times = [];
  for (let n = 0; n < count; n += 1) {
    const began = performance.now();
    const response = await fetch(`${url}/api/chat/messages?limit=1`, { headers: { authorization: `Bearer ${token}` } });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`a request was answered with ${response.status}`);
    times.push(performance.now() - began);
    await sleep(PAUSE_BETWEEN_REQUESTS_MS);
  }
  return times.sort((a, b) => a - b)[Math.ceil(count * 0.99) - 1];
}

function residentBytes(pid) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024;
}

/** The flood, in a process of its own. It says when all sockets are open, and at the end what became of its frames. */
async function flood(url) {
  const counts = { sent: 0, accepted: 0, refused: 0, closed: 0 };
  const open = [];
  while (open.length < sockets) {
    const some = Array.from({ length: Math.min(OPENED_AT_ONCE, sockets - open.length) }, () => dial(url, counts));
    open.push(...(await Promise.all(some)));
  }
  console.log(`${open.length} sockets are open`);
  for (let second = 0; second < seconds; second += 1) {
    for (let part = 0; part < rate; part += 1) {
      for (const [at, socket] of open.entries()) {
        if (socket.readyState !== WebSocket.OPEN) continue;
        socket.send(`{"event":"pusher:subscribe","data":{"channel":"invented-${at}-${second}-${part}"}}`);
        counts.sent += 1;
      }
      await sleep(1_000 / rate);
    }
  }
  console.log(
    `frames ${counts.sent}: accepted ${counts.accepted}, refused ${counts.refused}; sockets closed ${counts.closed}`,
  );
  process.exit(0);
}

async function dial(url, counts) {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/app/demo-key?protocol=7`, {
    headers: ADDRESS,
    // The local engine's front compresses sockets, with 300 KB of memory each; the edge itself does not.
    perMessageDeflate: false,
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    counts.closed += 1;
  });
  socket.on("message", (data) => {
    const text = String(data);
    if (text.includes("subscription_succeeded")) counts.accepted += 1;
    else if (text.includes("subscription_error") || text.includes("pusher:error")) counts.refused += 1;
  });
  await Promise.race([once(socket, "message"), once(socket, "close")]);
  return socket;
}
