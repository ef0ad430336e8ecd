// The printed report of a run.
import { KINDS } from "./violations.mjs";

/** One line about one kill. */
export function lineOf({ number, kind, answeredMs, back, checkedMs, messages, violations }) {
  const backMs = Math.max(...back.values());
  const ms = (value) => `${Math.round(value)} ms`.padStart(8);
  const line = `${String(number).padStart(4)}  ${kind.padEnd(22)} ${String(messages).padStart(5)} messages`;
  return `${line}  up ${ms(answeredMs)}  all back ${ms(backMs)}  checked ${ms(checkedMs)}  violations ${violations}`;
}

/** The table at the end. */
export function tableOf({ counts, events, closes, violations, rounds, again, errors }) {
  const times = rounds.map(({ back }) => [Math.max(...back.values()), ...back.values()]);
  const groups = ["all clients", ...(rounds[0]?.back.keys() ?? [])];
  const listed = (map) => [...map].map(([code, count]) => `${count} x ${code || "none"}`).join(", ") || "none";
  const rows = [
    ["kills", rounds.reduce((sum, { kind }) => sum + (kind === "twice" ? 2 : 1), 0)],
    ["acknowledged messages", counts.messages],
    ["edits", counts.edits],
    ["deletions", counts.deletions],
    ["read markers", counts.markers],
    ["membership changes", counts.memberships],
    ["alerts", counts.alerts],
    ["actions on alerts", counts.transitions],
    ["repeats answered with the first result", counts.repeats],
    ["resumes answered with a reset", counts.resets],
    ["repeated HTTP requests", listed(again)],
    ["connections that the server closed", listed(closes)],
    ["errors that the engine printed", errors],
    ["events checked", events],
    ...KINDS.map((kind) => [kind, violations.count(kind)]),
    ["the engine answers, p50 / max", spread(rounds.map(({ answeredMs }) => answeredMs))],
    ...groups.map((name, at) => [`time to recover, ${name}, p50 / max`, spread(times.map((each) => each[at]))]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return `${Math.round(sorted[Math.floor((sorted.length - 1) / 2)])} / ${Math.round(sorted.at(-1))} ms`;
}
