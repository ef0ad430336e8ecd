// Crash points, the moments at which the engine is killed. Each resolves in the turn of the kill.
import { setTimeout as pause } from "node:timers/promises";
import { burstIn, callForHelp, joinOrLeave } from "./behaviour.mjs";

const MEMBERSHIP = "in a membership change";

/** [weight, name]. */
const KINDS = [
  [3, "any time"],
  [3, "after an ack"],
  [3, "in a burst"],
  [3, "in a flush"],
  [2, "in an alert"],
  [2, MEMBERSHIP],
  [2, "twice"],
];

/** Time of normal actions before a crash point, milliseconds. */
const BUSY_MS = [150, 1_200];
/** Time after an acknowledgement in which its background work runs, milliseconds. */
const AFTER_ACK_MS = [0, 5];

export function chooseCrashPoint(random, leaveOut) {
  return random.weighted(KINDS.filter(([, kind]) => kind !== MEMBERSHIP || !leaveOut.has("memberships")));
}

/** Lets users act until the crash point is reached. */
export async function awaitCrashPoint(kind, model) {
  const { random, tally } = model;
  const nextAck = (count) => new Promise((resolve) => tally.after(count, resolve));
  if (kind === "in a flush") await quiet(model);
  else await pause(random.between(...BUSY_MS));
  switch (kind) {
    case "after an ack":
      await nextAck(random.between(1, 40));
      return shortly(random.between(...AFTER_ACK_MS));
    case "in a burst": {
      const count = random.between(20, 80);
      for (const behaviour of model.someBehaviours(random.between(1, 4))) burst(behaviour, count);
      await nextAck(random.between(1, count));
      return shortly(random.between(...AFTER_ACK_MS));
    }
    case "in a flush":
      // The record is complete, so a flush begins with the first of these messages, and the next one 1 s later.
      for (const behaviour of model.someBehaviours(2)) burst(behaviour, random.between(1, 120));
      await nextAck(1);
      return shortly(random.between(0, 40) + (random.holds(40) ? 1_000 : 0));
    case "in an alert":
      for (const behaviour of model.someBehaviours(2))
        model.background(behaviour.attempt(() => callForHelp(behaviour)));
      return shortly(random.between(0, 25));
    case MEMBERSHIP:
      for (const behaviour of model.someBehaviours(4))
        model.background(behaviour.attempt(() => joinOrLeave(behaviour)));
      return shortly(random.between(0, 25));
    default:
  }

  function burst(behaviour, size) {
    model.background(behaviour.attempt(() => burstIn(behaviour, random.pick(behaviour.participant.journals), size)));
  }
}

/** Resolves when no user acts and the record is complete. */
async function quiet(model) {
  await model.rest();
  await model.recordIsLevel();
}

/** 0 stays in the same turn. */
function shortly(ms) {
  return ms === 0 ? undefined : pause(ms);
}
