// Figures of a run, for people.
import { KINDS } from "./faults.mjs";

/** One line about one kill. */
export function lineOf({ number, kind, answeredMs, backMs, checkedMs, messages, faults }) {
  const ms = (value) => `${Math.round(value)} ms`.padStart(8);
  const what = `${String(number).padStart(4)}  ${kind.padEnd(13)} ${String(messages).padStart(5)} messages`;
  return `${what}  up ${ms(answeredMs)}  all back ${ms(backMs)}  checked ${ms(checkedMs)}  faults ${faults}`;
}

/** The table at the end. */
export function tableOf({
  messages,
  alerts,
  transitions,
  edits,
  deletions,
  markers,
  repeats,
  events,
  faults,
  rounds,
  again,
}) {
  const back = rounds.map(({ backMs }) => backMs).sort((a, b) => a - b);
  const unanswered = [...again].map(([status, count]) => `${count} x ${status === 0 ? "none" : status}`).join(", ");
  const rows = [
    ["kills", rounds.length],
    ["acknowledged messages", messages],
    ["edits", edits],
    ["deletions", deletions],
    ["read markers", markers],
    ["alerts", alerts],
    ["what was done about alerts", transitions],
    ["repeats answered with the first result", repeats],
    ["HTTP answers that were asked for again", unanswered || "none"],
    ["events checked", events],
    ...KINDS.map((kind) => [kind, faults.count(kind)]),
    ["time to recover, p50", `${Math.round(back[Math.floor((back.length - 1) / 2)] ?? 0)} ms`],
    ["time to recover, max", `${Math.round(back.at(-1) ?? 0)} ms`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}
