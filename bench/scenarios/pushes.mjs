// Panic alerts while thousands of pushes of notifications wait for a push service that fails.
import { createECDH, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { failuresOf } from "../lib/crowd.mjs";
import { generate } from "../lib/generator.mjs";
import { rest } from "../lib/processes.mjs";
import * as seed from "../lib/seed.mjs";
import { postAsBackend } from "../lib/signed.mjs";
import { ratios, spread } from "../lib/statistics.mjs";
import { CAMPANA, startCampana } from "../lib/systems.mjs";

const DEVICES = 5_000;
/** Users of one request. */
const PAGE = 100;
const DASHBOARDS = 100;
/** Pause between alerts, milliseconds, because the engine is never idle while pushes are attempted again. */
const PAUSE_MS = 100;
/** How long the first attempts of all pushes may take, milliseconds. */
const PATIENCE_MS = 120_000;
const IDLE = `${CAMPANA}, idle`;
const WAITING = `${CAMPANA}, pushes wait`;

export const pushes = {
  names: ["pushes"],

  async run({ binary, folder, runs, quick, wanted, progress }) {
    if (!wanted("pushes")) return [];
    const count = quick ? 1 : Math.min(runs, 3);
    const service = await FailingService.start();
    const reports = { [IDLE]: [], [WAITING]: [] };
    const notes = [];
    try {
      for (let run = 0; run < count; run += 1) {
        const statements = [...seed.people(DEVICES), ...seed.devices(DEVICES, service.devices())];
        const system = await startCampana(mkdtempSync(join(folder, "pushes-")), statements, {
          vars: {
            VAPID_PRIVATE_KEY: randomBytes(32).toString("base64url"),
            VAPID_SUBJECT: "mailto:ops@example.org",
          },
        });
        try {
          const alerts = ["alerts", "--dashboards", `${DASHBOARDS}`, "--alerts", quick ? "60" : "200"];
          const measure = async (name) => {
            progress(`pushes, run ${run + 1} of ${count}, ${name}`);
            const scenario = [...alerts, "--pause-ms", `${PAUSE_MS}`];
            reports[name].push(await generate(binary, scenario, [...system.desk(), "--run-id", `${name.length}`]));
          };
          await rest([system.pid]);
          await measure(IDLE);
          await notify(system.url, service);
          const before = service.requests;
          await measure(WAITING);
          notes.push(`run ${run + 1}: ${service.requests - before} further attempts while the alerts were raised`);
        } finally {
          await system.stop();
        }
        service.forget();
      }
    } finally {
      service.stop();
    }
    return [resultOf(reports, notes)];
  },
};

/** Publishes one notification to every user, not faster than their devices are tried. */
async function notify(url, service) {
  for (let first = 0; first < DEVICES; first += PAGE) {
    const users = Array.from({ length: PAGE }, (_, at) => `bench-${first + at}`);
    const body = { user_ids: users, kind: "bench", key: `bench-${first}`, title: "Your order is on its way" };
    const { notified } = await postAsBackend(url, "/apps/1/notifications", body);
    if (notified !== PAGE) throw new Error(`${notified} of ${PAGE} were notified`);
    await service.attempted(first + PAGE);
  }
}

/** A push service that asks every sender to come back later. */
class FailingService {
  requests = 0;
  #devices = new Set();

  static async start() {
    const service = new FailingService();
    service.server = createServer((request, response) => service.#take(request, response));
    // As many connections as there are devices may be opened at once: those above the backlog would time out.
    service.server.listen({ port: 0, host: "127.0.0.1", backlog: DEVICES });
    await once(service.server, "listening");
    return service;
  }

  /** Where devices subscribe, and the keys that all of them share. */
  devices() {
    const keys = createECDH("prime256v1");
    keys.generateKeys();
    return {
      origin: `http://127.0.0.1:${this.server.address().port}`,
      p256dh: keys.getPublicKey().toString("base64url"),
      auth: randomBytes(16).toString("base64url"),
    };
  }

  #take(request, response) {
    this.requests += 1;
    this.#devices.add(request.url);
    request.resume();
    request.on("end", () => response.writeHead(503).end());
  }

  /** Resolves when so many devices had an attempt. */
  async attempted(count) {
    for (const until = performance.now() + PATIENCE_MS; this.#devices.size < count; await sleep(100)) {
      if (performance.now() > until) throw new Error(`${this.#devices.size} of ${count} pushes were attempted`);
    }
  }

  forget() {
    this.#devices.clear();
    this.requests = 0;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

function resultOf(reports, notes) {
  const row = (label, pick) => ({
    label,
    values: Object.fromEntries(Object.entries(reports).map(([name, list]) => [name, spread(list.map(pick))])),
  });
  const last = (percentile) => (report) => report.last_delivery?.[percentile] ?? Number.NaN;
  const against = (label, pick, target = {}) => ({
    label: `pushes: ${label}, ${DEVICES} wait / idle`,
    value: ratios(reports[WAITING].map(pick), reports[IDLE].map(pick)),
    ...target,
  });
  return {
    name: "pushes",
    title: `alerts to ${DASHBOARDS} dashboards while ${DEVICES} pushes of notifications wait`,
    rows: [
      row("to the last dashboard p50, ms", last("p50_ms")),
      row("to the last dashboard p99, ms", last("p99_ms")),
      row("to the last dashboard most, ms", last("max_ms")),
      row("answer p50, ms", ({ answer }) => answer?.p50_ms ?? Number.NaN),
      row("processor: engine", ({ cpu }) => cpu.engine ?? Number.NaN),
      row("processor: others (noise)", ({ cpu }) => cpu.others ?? Number.NaN),
    ],
    figures: [
      against("to the last dashboard p99", last("p99_ms"), { target: 1.1, bound: "at most" }),
      against("to the last dashboard p50", last("p50_ms")),
    ],
    notes,
    failures: Object.entries(reports).flatMap(([name, list]) =>
      list.flatMap((report, run) => failuresOf(report).map((failure) => `run ${run + 1}, ${name}: ${failure}`)),
    ),
    raw: reports,
  };
}
