// Readers that stop reading while others write: the server's memory, and the delivery delay of a bystander who reads.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { rowOf } from "../lib/crowd.mjs";
import { generate } from "../lib/generator.mjs";
import { rest } from "../lib/processes.mjs";
import * as seed from "../lib/seed.mjs";
import { ratios, spread } from "../lib/statistics.mjs";
import { BARE, CAMPANA, startCampana, startObjects } from "../lib/systems.mjs";

const READERS = 20;
const WRITERS = 40;
/** Messages a second of each writer: 66 MB/s for 20 readers, a little below what the engine can deliver to all on two cores. */
const RATE = 7;
/** Warm-up in other conversations: these messages, then the load itself for this number of seconds. */
const HEATING = ["flow", "--readers", "1", "--messages", "6000"];
const HEATING_SECONDS = 5;
const MEBIBYTE = 1024 * 1024;
/** How the connection of a dropped reader ends, by transport. */
const DROPPED = { native: "4429", pusher: "4100", stream: "broken" };
/** Targets: the bystander's longest delay, and the growth of the engine's memory. */
const [TARGET_MS, TARGET_MIB] = [500, 256];

export const slowReaders = {
  names: ["slow-readers"],

  /** Every measurement has a fresh engine, because a process does not return memory. */
  async run({ binary, folder, runs, quick, progress }) {
    const count = quick ? 1 : Math.min(runs, 3);
    const seconds = quick ? 10 : 20;
    const reports = {};
    const failures = [];
    for (let run = 0; run < count; run += 1) {
      for (const { name, start, transport, reading } of cases()) {
        progress(`slow-readers, run ${run + 1} of ${count}, ${name}`);
        const system = await start(mkdtempSync(join(folder, "slow-readers-")));
        try {
          const target = (number) => [...system.room(number), "--key", "demo-key"];
          await generate(binary, HEATING, target(1));
          await generate(binary, scenario(transport, true, HEATING_SECONDS), target(2));
          await rest([system.pid]);
          const report = await generate(binary, scenario(transport, reading, seconds), target(0));
          reports[name] ??= [];
          reports[name].push(report);
          if (name.startsWith(CAMPANA)) {
            failures.push(...failuresOf(report, transport, reading).map((why) => `run ${run + 1}, ${name}: ${why}`));
          }
        } finally {
          await system.stop();
        }
      }
    }
    return [resultOf(reports, failures, seconds)];
  },
};

function cases() {
  const campana = (folder) => startCampana(folder, statements());
  const bare = async (folder) => (await startObjects(folder))[1];
  const pairs = [
    ...Object.keys(DROPPED).map((transport) => ({ name: `${CAMPANA}, ${transport}`, start: campana, transport })),
    { name: BARE, start: bare, transport: "native" },
  ];
  return pairs.flatMap((one) => [
    { ...one, name: reads(one.name), reading: true },
    { ...one, reading: false },
  ]);
}

function reads(name) {
  return `${name}, reading`;
}

function statements() {
  const members = WRITERS + READERS + 2;
  const groups = [0, 1, 2].flatMap((number) =>
    seed.conversation(seed.conversationId(number), { members, messages: 0 }),
  );
  return [...seed.people(members), ...groups];
}

function scenario(transport, reading, seconds) {
  const load = ["--writers", `${WRITERS}`, "--readers", `${READERS}`, "--rate", `${RATE}`, "--seconds", `${seconds}`];
  return ["slow-readers", ...load, "--transport", transport, ...(reading ? ["--reading"] : [])];
}

function failuresOf(report, transport, reading) {
  const failures = [];
  if (report.missing > 0) failures.push(`${report.missing} messages never reached the bystander`);
  if (report.disordered > 0) failures.push(`${report.disordered} messages arrived twice or out of order`);
  const wanted = reading ? "open" : DROPPED[transport];
  if (report.ends[wanted] !== READERS) failures.push(`unexpected ends of connections: ${JSON.stringify(report.ends)}`);
  return failures;
}

function resultOf(reports, failures, seconds) {
  const row = rowOf(reports);
  const grown = ({ before_bytes, peak_bytes }) => (peak_bytes - before_bytes) / MEBIBYTE;
  const longest = ({ delay }) => delay?.max_ms ?? Number.NaN;
  const transports = Object.keys(DROPPED).map((transport) => `${CAMPANA}, ${transport}`);
  return {
    name: "slow-readers",
    title: `${WRITERS} writers, ${RATE} messages/s each, for ${seconds} s; ${READERS} readers that do not read, or do`,
    rows: [
      row("messages/s", ({ received, seconds }) => received / seconds, 0),
      row("bystander's delay p50, ms", ({ delay }) => delay?.p50_ms ?? Number.NaN, 1),
      row("bystander's delay p99, ms", ({ delay }) => delay?.p99_ms ?? Number.NaN, 1),
      row("bystander's delay, maximum, ms", longest, 0),
      row("engine's memory, MiB more", grown, 0),
      row("processor: engine", ({ cpu }) => cpu.engine ?? Number.NaN),
      row("processor: load generator", ({ cpu }) => cpu.generator),
      row("processor: others (noise)", ({ cpu }) => cpu.others ?? Number.NaN),
    ],
    figures: transports.flatMap((name) => [
      {
        label: `slow-readers: bystander's maximum delay, ${name}`,
        value: spread(reports[name].map(longest)),
        unit: "ms",
        digits: 0,
        target: TARGET_MS,
        bound: "at most",
      },
      {
        label: `slow-readers: engine's memory, ${name}`,
        value: spread(reports[name].map(grown)),
        unit: "MiB more",
        digits: 0,
        target: TARGET_MIB,
        bound: "at most",
      },
      {
        label: `slow-readers: memory taken, ${name} / ${BARE}`,
        value: ratios(reports[name].map(grown), reports[BARE].map(grown)),
      },
    ]),
    notes: [`a message has ${Object.values(reports)[0][0].bytes_per_message} bytes`],
    failures,
    raw: reports,
  };
}
