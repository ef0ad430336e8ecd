// Figures of a run, for people.
import { KINDS } from "./faults.mjs";

/** One line about one kill. */
export function lineOf({ number, kind, answeredMs, backMs, checkedMs, messages, faults }) {
  const ms = (value) => `${Math.round(value)} ms`.padStart(8);
  const what = `${String(number).padStart(4)}  ${kind.padEnd(13)} ${String(messages).padStart(5)} messages`;
  return `${what}  up ${ms(answeredMs)}  all back ${ms(backMs)}  checked ${ms(checkedMs)}  faults ${faults}`;
}

/** The table at the end. */
export function tableOf({ counts, events, closes, faults, rounds, again, errors }) {
  const back = rounds.map(({ backMs }) => backMs).sort((a, b) => a - b);
  const listed = (map) => [...map].map(([code, count]) => `${count} x ${code || "none"}`).join(", ") || "none";
  const rows = [
    ["kills", rounds.reduce((sum, { kind }) => sum + (kind === "twice" ? 2 : 1), 0)],
    ["acknowledged messages", counts.messages],
    ["edits", counts.edits],
    ["deletions", counts.deletions],
    ["read markers", counts.markers],
    ["people who came or went", counts.memberships],
    ["alerts", counts.alerts],
    ["what was done about alerts", counts.transitions],
    ["repeats answered with the first result", counts.repeats],
    ["HTTP answers that were asked for again", listed(again)],
    ["connections that the server closed", listed(closes)],
    ["errors that the engine printed", errors],
    ["events checked", events],
    ...KINDS.map((kind) => [kind, faults.count(kind)]),
    ["time to recover, p50", `${Math.round(back[Math.floor((back.length - 1) / 2)] ?? 0)} ms`],
    ["time to recover, max", `${Math.round(back.at(-1) ?? 0)} ms`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}
