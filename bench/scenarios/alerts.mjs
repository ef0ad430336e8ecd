// Panic alerts: delivery time to the last of 1,000 dashboards, without other load and under chat; and the cost of 1,000 idle
// dashboards.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { failuresOf } from "../lib/crowd.mjs";
import { generate, generateMeanwhile } from "../lib/generator.mjs";
import { rest } from "../lib/processes.mjs";
import * as seed from "../lib/seed.mjs";
import { ratios, spread } from "../lib/statistics.mjs";
import { BARE, CAMPANA, startCampana, startObjects } from "../lib/systems.mjs";

const DASHBOARDS = 1_000;
/** The chat load: the messages of `burst`, repeatedly. */
const CHAT = { readers: 200, messages: 500 };
/** Pause between alerts under chat, milliseconds, because the engine is never idle. Deliveries are written by then. */
const PAUSE_MS = 1_000;
/** A replayed frame may differ from its template in the digits of time and position. */
const SAME_BYTES = 16;
const KEY = "demo-key";

const NATIVE = `${CAMPANA}, native`;
const CHATTING = `${CAMPANA}, native, chat`;
const PUSHER = `${CAMPANA}, Pusher`;

export const alerts = {
  names: ["alerts"],

  async run({ binary, folder, runs, quick, progress }) {
    const count = quick ? 1 : Math.min(runs, 3);
    const raised = quick ? 60 : 100;
    const fewer = quick ? 20 : 60;
    const reports = { [NATIVE]: [], [BARE]: [], [CHATTING]: [], [PUSHER]: [] };
    const chats = [];
    const failures = [];
    const [campana, [, bare]] = [await startCampana(folder, statements()), await startObjects(folder)];
    const pids = [campana.pid, bare.pid];
    const measure = async (name, run, scenario, target, how = generate) => {
      progress(`alerts, run ${run + 1} of ${count}, ${name}`);
      await rest(pids);
      const runId = `${Object.keys(reports).indexOf(name)}${run}`;
      const report = await how(binary, scenario, [...target, "--run-id", runId]);
      reports[name].push(report);
      failures.push(...failuresOf(report).map((failure) => `run ${run + 1}, ${name}: ${failure}`));
      return report;
    };
    /** Chat starts after the dashboards are connected. */
    const whileChatting = (run) => async (binary, scenario, target) => {
      const alerts = await generateMeanwhile(binary, [...scenario, "--wait", "--pause-ms", `${PAUSE_MS}`], target);
      const chat = await generateMeanwhile(binary, chatArguments(), campana.room(run));
      const report = await alerts.stop();
      const chatted = await chat.stop();
      chats.push(chatted);
      failures.push(...failuresOf(chatted).map((failure) => `run ${run + 1}, chat: ${failure}`));
      return report;
    };
    try {
      for (let run = 0; run < count; run += 1) {
        const scenario = alertArguments(raised);
        const { templates, frame_bytes } = await measure(NATIVE, run, scenario, campana.desk());
        const replay = ["--frames", ...templates];
        const handedOn = await measure(BARE, run, scenario, [...bare.room(`alerts-${run}`), ...replay]);
        if (Math.abs(handedOn.frame_bytes - frame_bytes) > SAME_BYTES) failures.push(`run ${run + 1}: unequal frames`);
        await measure(PUSHER, run, alertArguments(fewer), [...campana.desk(), "--key", KEY]);
        await measure(CHATTING, run, alertArguments(fewer), campana.desk(), whileChatting(run));
      }
    } finally {
      await Promise.all([campana.stop(), bare.stop()]);
    }
    return [delivery(reports, chats, failures, raised), await idle({ binary, folder, quick, progress })];
  },
};

function statements() {
  const groups = [0, 1, 2].map((number) =>
    seed.conversation(seed.conversationId(number), { members: CHAT.readers + 1, messages: 0 }),
  );
  return [...seed.people(DASHBOARDS + 1), ...groups.flat()];
}

function alertArguments(raised) {
  return ["alerts", "--dashboards", `${DASHBOARDS}`, "--alerts", `${raised}`];
}

function chatArguments() {
  return ["chat", "--readers", `${CHAT.readers}`, "--messages", `${CHAT.messages}`];
}

function delivery(reports, chats, failures, raised) {
  const row = (label, pick, digits) => ({
    label,
    digits,
    values: Object.fromEntries(Object.entries(reports).map(([name, list]) => [name, spread(list.map(pick))])),
  });
  const against = (label, pick, over, under, target = {}) => ({
    label: `alerts: ${label}, ${over} / ${under}`,
    value: ratios(reports[over].map(pick), reports[under].map(pick)),
    ...target,
  });
  const last = (percentile) => (report) => report.last_delivery?.[percentile] ?? Number.NaN;
  const milliseconds = (name, target) => ({
    label: `alerts: to the last dashboard p99, ${name}`,
    value: spread(reports[name].map(last("p99_ms"))),
    unit: "ms",
    target,
    bound: "at most",
  });
  return {
    name: "alerts",
    title: `${raised} alerts to ${DASHBOARDS} dashboards, each ended before the next`,
    rows: [
      row("to the last dashboard p50, ms", last("p50_ms")),
      row("to the last dashboard p99, ms", last("p99_ms")),
      row("to the last dashboard most, ms", last("max_ms")),
      row("its end, to the last p99, ms", ({ end_delivery }) => end_delivery?.p99_ms ?? Number.NaN),
      row("answer p50, ms", ({ answer }) => answer?.p50_ms ?? Number.NaN),
      row("answer p99, ms", ({ answer }) => answer?.p99_ms ?? Number.NaN),
      row("opening all dashboards, s", ({ connect_seconds }) => connect_seconds),
      row("processor: engine", ({ cpu }) => cpu.engine ?? Number.NaN),
      row("processor: load generator", ({ cpu }) => cpu.generator),
      row("processor: others (noise)", ({ cpu }) => cpu.others ?? Number.NaN),
      {
        label: "chat meanwhile, events/s",
        digits: 0,
        values: { [CHATTING]: spread(chats.map(({ events_per_second }) => events_per_second)) },
      },
    ],
    figures: [
      milliseconds(NATIVE, 100),
      milliseconds(PUSHER, 100),
      against("to the last dashboard p50", last("p50_ms"), NATIVE, BARE),
      against("to the last dashboard p99", last("p99_ms"), NATIVE, BARE),
      against("to the last dashboard p50", last("p50_ms"), CHATTING, NATIVE),
      against("to the last dashboard p99", last("p99_ms"), CHATTING, NATIVE, { target: 3, bound: "at most" }),
    ],
    notes: ["under chat, `others` is mostly the load generator that chats"],
    failures,
    raw: { ...reports, chats },
  };
}

/** Requests of 1,000 idle dashboards to the edge, and queries to D1. */
async function idle({ binary, folder, quick, progress }) {
  progress("alerts, idle");
  const [settle, watch] = quick ? [12, 30] : [12, 60];
  const campana = await startCampana(mkdtempSync(join(folder, "alerts-idle-")), seed.people(DASHBOARDS + 1), {
    counts: true,
  });
  const scenario = [
    ...["alerts-idle", "--dashboards", `${DASHBOARDS}`, "--counts", "/counts"],
    ...["--settle-seconds", `${settle}`, "--watch-seconds", `${watch}`],
  ];
  let report;
  try {
    report = await generate(binary, scenario, campana.desk());
  } finally {
    await campana.stop();
  }
  const failures = failuresOf(report);
  // Long enough for the reports of connection counts.
  if (report.arriving.requests < DASHBOARDS - 1) failures.push("requests were not counted");
  if (!(report.arriving.queries > 0)) failures.push("queries were not counted");
  const row = (label, pick, digits = 0) => ({
    label,
    digits,
    values: { arriving: spread([pick(report.arriving)]), idle: spread([pick(report.idle)]) },
  });
  const none = (label, value) => ({ label, value: spread([value]), unit: "", digits: 0, target: 0, bound: "at most" });
  return {
    name: "alerts, idle",
    title: `${DASHBOARDS} native dashboards that do nothing but ping, for ${watch} s`,
    rows: [
      row("requests to the edge", ({ requests }) => requests),
      row("queries to D1", ({ queries }) => queries),
      row("calls of objects", ({ calls }) => calls),
      row("alarms of objects", ({ alarms }) => alarms),
      row("messages that woke objects", ({ messages }) => messages),
    ],
    figures: [
      none(`alerts, idle: requests to the edge in ${watch} s`, report.idle.requests),
      none(`alerts, idle: queries to D1 in ${watch} s`, report.idle.queries),
    ],
    notes: [
      `the first alert afterwards reached the last dashboard in ${report.first_delivery_ms?.toFixed(1) ?? "-"} ms`,
      `an idle dashboard holds ${((report.bytes_per_dashboard ?? Number.NaN) / 1024).toFixed(1)} KiB of the engine's memory`,
    ],
    failures,
    raw: report,
  };
}
