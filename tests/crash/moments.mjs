// When the engine is killed: each resolves in the turn in which that has to happen.
import { setTimeout as pause } from "node:timers/promises";
import { burstIn, callForHelp, pass } from "./turns.mjs";

const DOOR = "at the door";

/** How often each kind of moment comes. */
const KINDS = [
  [3, "a moment"],
  [3, "after an ack"],
  [3, "in a burst"],
  [3, "in a flush"],
  [2, "in an alert"],
  [2, DOOR],
  [2, "twice"],
];

/** How long people go on before anything else, milliseconds. */
const BUSY_MS = [150, 1_200];
/** The time after an acknowledgement in which the rest of its work is done, milliseconds. */
const AFTER_ACK_MS = [0, 5];

export function chooseMoment(chance, leaveOut) {
  return chance.weighted(KINDS.filter(([, kind]) => kind !== DOOR || !leaveOut.has("memberships")));
}

/** Lets people live until the moment is there. */
export async function awaitMoment(kind, model) {
  const { chance, tally } = model;
  const nextAck = (count) => new Promise((resolve) => tally.after(count, resolve));
  if (kind === "in a flush") await quiet(model);
  else await pause(chance.between(...BUSY_MS));
  switch (kind) {
    case "after an ack":
      await nextAck(chance.between(1, 40));
      return shortly(chance.between(...AFTER_ACK_MS));
    case "in a burst": {
      const count = chance.between(20, 80);
      for (const life of model.someLives(chance.between(1, 4))) burst(life, count);
      await nextAck(chance.between(1, count));
      return shortly(chance.between(...AFTER_ACK_MS));
    }
    case "in a flush":
      // The record has everything, so that a flush begins with the first of these, and the next one a second later.
      for (const life of model.someLives(2)) burst(life, chance.between(1, 120));
      await nextAck(1);
      return shortly(chance.between(0, 40) + (chance.holds(40) ? 1_000 : 0));
    case "in an alert":
      for (const life of model.someLives(2)) model.background(life.attempt(() => callForHelp(life)));
      return shortly(chance.between(0, 25));
    case DOOR:
      for (const life of model.someLives(4)) model.background(life.attempt(() => pass(life)));
      return shortly(chance.between(0, 25));
    default:
  }

  function burst(life, size) {
    model.background(life.attempt(() => burstIn(life, chance.pick(life.participant.journals), size)));
  }
}

/** Nobody does anything, and the record has all of it. */
async function quiet(model) {
  await model.rest();
  await model.recordIsLevel();
}

/** No time at all stays in the turn. */
function shortly(ms) {
  return ms === 0 ? undefined : pause(ms);
}
