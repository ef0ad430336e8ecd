// Messages through one conversation: a steady pair, a burst, a steady crowd.
import { generate } from "../lib/generator.mjs";
import { rest } from "../lib/processes.mjs";
import * as seed from "../lib/seed.mjs";
import { ratios, spread } from "../lib/statistics.mjs";
import { BARE, CAMPANA, NODE, STORING, startCampana, startNode, startObjects } from "../lib/systems.mjs";

const PERCENTILES = { p50: "p50_ms", p99: "p99_ms" };

/** Messages before the measurement, so that every engine has compiled its hot code. */
const HEATING = 10_000;

/** The three scenarios, with the number of messages in a full and in a quick run. */
const KINDS = [
  {
    name: "durable",
    title: "1 sender, 1 reader, 100 messages/s",
    readers: 1,
    rate: 100,
    // Differences of 0.05 ms are within the machine's noise, so turns are shorter and twice as many.
    messages: 250,
    turns: 2,
    fewer: 150,
    figures: [
      against("ack p50", STORING, ({ ack }) => ack.p50_ms, { target: 1.5, bound: "at most" }),
      against("delivery p50", STORING, ({ delivery }) => delivery.p50_ms, { target: 1.5, bound: "at most" }),
      against("ack p50", BARE, ({ ack }) => ack.p50_ms),
      against("delivery p50", BARE, ({ delivery }) => delivery.p50_ms),
    ],
  },
  {
    name: "burst",
    title: "1 sender, 200 sockets, 500 messages as fast as possible",
    readers: 200,
    messages: 500,
    fewer: 500,
    figures: [
      against("events/s", BARE, (report) => report.events_per_second, { target: 3, bound: "at least" }),
      against("events/s", STORING, (report) => report.events_per_second),
      against("events/s", NODE, (report) => report.events_per_second),
    ],
  },
  {
    name: "steady",
    title: "1 sender, 200 sockets, 50 messages/s",
    readers: 200,
    rate: 50,
    // 10 messages determine the 99th percentile; with fewer it is noise.
    messages: 1_000,
    fewer: 150,
    figures: [
      against("delivery p99", BARE, ({ delivery }) => delivery.p99_ms, { target: 1.5, bound: "at most" }),
      against("delivery p99", STORING, ({ delivery }) => delivery.p99_ms),
      against("delivery p50", BARE, ({ delivery }) => delivery.p50_ms),
    ],
  },
];

function against(label, other, pick, target = {}) {
  return { label, other, pick, target };
}

export const flows = {
  names: KINDS.map(({ name }) => name),

  /** Runs the selected scenarios in one set of engines, with the systems in turn. */
  async run({ binary, folder, runs, quick, wanted, progress }) {
    const kinds = KINDS.filter(({ name }) => wanted(name));
    if (kinds.length === 0) return [];
    const crowd = Math.max(...kinds.map(({ readers }) => readers)) + 1;
    const measurements = kinds.flatMap((kind) =>
      Array.from({ length: quick ? runs : runs * (kind.turns ?? 1) }, () => kind),
    );
    const heating = measurements.length;
    const groups = [...measurements.keys(), heating].flatMap((number) =>
      seed.conversation(seed.conversationId(number), { members: crowd, messages: 0 }),
    );
    const campana = await startCampana(folder, [...seed.people(crowd), ...groups]);
    const [storing, bare] = await startObjects(folder);
    const node = await startNode();
    const systems = [campana, storing, bare, node];
    const pids = systems.map(({ pid }) => pid);
    try {
      for (const system of systems) {
        progress(`heating ${system.name}`);
        const warmth = { readers: 1, messages: HEATING, fewer: HEATING };
        await generate(binary, scenarioArguments(warmth, quick), system.room(heating));
      }
      const results = kinds.map((kind) => ({
        kind,
        failures: [],
        reports: Object.fromEntries(systems.map(({ name }) => [name, []])),
      }));
      for (const [number, kind] of measurements.entries()) {
        const { reports, failures } = results.find((result) => result.kind === kind);
        const turn = reports[CAMPANA].length + 1;
        for (const system of systems) {
          progress(`${kind.name}, turn ${turn}, ${system.name}`);
          await rest(pids);
          const report = await generate(binary, scenarioArguments(kind, quick), system.room(number));
          reports[system.name].push(report);
          failures.push(...failuresOf(report).map((failure) => `turn ${turn}, ${system.name}: ${failure}`));
        }
      }
      return results.map(({ kind, reports, failures }) => resultOf(kind, reports, failures));
    } finally {
      await Promise.all(systems.map((system) => system.stop()));
    }
  },
};

function scenarioArguments({ readers, rate, messages, fewer }, quick) {
  const count = quick ? fewer : messages;
  const warmUp = ["--warm-up", quick ? "20" : "50"];
  const pace = rate ? ["--rate", String(rate)] : [];
  return ["flow", "--readers", String(readers), "--messages", String(count), ...warmUp, ...pace];
}

function failuresOf(report) {
  const failures = [];
  if (report.missing > 0) failures.push(`${report.missing} events are missing`);
  if (report.disordered > 0) failures.push(`${report.disordered} events arrived twice or out of order`);
  if (report.ack?.count !== report.messages)
    failures.push(`${report.ack?.count ?? 0} of ${report.messages} acknowledged`);
  if (report.error_count > 0) failures.push(`${report.error_count} errors: ${report.errors.join("; ")}`);
  return failures;
}

/** Engine time per event, which hardly depends on other load of the machine. */
function microsecondsPerEvent(report) {
  return ((report.cpu.engine ?? Number.NaN) * report.cpu.seconds * 1_000_000) / report.events_delivered;
}

function resultOf(kind, reports, failures) {
  const row = (label, pick, digits) => ({
    label,
    digits,
    values: Object.fromEntries(Object.entries(reports).map(([name, list]) => [name, spread(list.map(pick))])),
  });
  const latencies = ["ack", "delivery"].flatMap((what) =>
    Object.entries(PERCENTILES).map(([label, key]) => row(`${what} ${label}, ms`, (report) => report[what]?.[key], 3)),
  );
  return {
    name: kind.name,
    title: kind.title,
    rows: [
      ...latencies,
      row("events/s", (report) => report.events_per_second, 0),
      row("events per frame", (report) => (report.events_delivered + report.messages) / report.frames),
      row("processor: engine, us/event", microsecondsPerEvent, 1),
      row("processor: engine", (report) => report.cpu.engine),
      row("processor: load generator", (report) => report.cpu.generator),
      row("processor: others (noise)", (report) => report.cpu.others),
    ],
    figures: kind.figures.map(({ label, other, pick, target }) => ({
      label: `${kind.name}: ${label}, campana / ${other}`,
      value: ratios(reports[CAMPANA].map(pick), reports[other].map(pick)),
      ...target,
    })),
    notes: [],
    failures,
    raw: reports,
  };
}
