// Measures whether an observer can tell the duress PIN from the right one by the answers or their times. Run by hand:
//
//     node security/duress-timing.mjs [pairs]
//
// For each pair, two users do the same, one with each PIN. A classifier learns from half of the pairs which of the two
// answers took longer, and guesses for the other half. 50 % is chance; the bytes have to be identical.
import assert from "node:assert/strict";
import * as alerts from "../support/alerts.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const PAIRS = Number(process.argv[2] ?? 1_000);
const PINS = { cancel_pin: "1234", duress_pin: "4321" };
const STEPS = {
  cancel: (person, { id }, pin) => person.call("POST", `${alerts.ALERTS}/${id}/cancel`, { pin, reason: "a slip" }),
  "cancel again": (person, { id }) => person.call("POST", `${alerts.ALERTS}/${id}/cancel`, { pin: "1234" }),
  location: (person, { id }) => person.call("POST", `${alerts.ALERTS}/${id}/location`, { lat: 9, lng: 9 }),
  view: (person, { id }) => person.call("GET", `${alerts.ALERTS}/${id}`),
  list: (person) => person.call("GET", "/api/me/alerts"),
  "press again": (person) => person.call("POST", alerts.ALERTS, alerts.call()),
  "change the PINs": (person, _, pin) =>
    person.call("PUT", "/api/me/alert-pins", { cancel_pin: "5555", duress_pin: "6666", current_pin: pin }),
};

const world = await startWorld({ limits: WIDE });
/** For each step, pairs of times: with the right PIN, with the duress PIN. */
const times = new Map(Object.keys(STEPS).map((step) => [step, []]));

const blank = (person, { id }, { status, body }) =>
  JSON.stringify([status, body])
    .replaceAll(id, "ID")
    .replaceAll(`"id":${person.user}`, '"id":USER')
    .replaceAll(person.name, "NAME")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/\d+ seconds? ago|just now/g, "AGO");

for (let pair = 0; pair < PAIRS; pair += 1) {
  const users = [];
  for (const pin of [PINS.cancel_pin, PINS.duress_pin]) {
    const person = world.person(`${1_000_000 + pair * 2 + users.length}`);
    await person.ok("PUT", "/api/me/alert-pins", PINS);
    users.push({ person, pin, alert: await alerts.raise(person) });
  }
  for (const [step, act] of Object.entries(STEPS)) {
    const answers = [];
    // The order is random: a second request may find caches warm.
    const order = Math.random() < 0.5 ? [0, 1] : [1, 0];
    const took = [];
    for (const at of order) {
      const { person, pin, alert } = users[at];
      const began = performance.now();
      const answer = await act(person, alert, pin);
      took[at] = performance.now() - began;
      answers[at] = blank(person, alert, answer);
    }
    assert.equal(answers[1], answers[0], step);
    times.get(step).push(took);
  }
}
await world.stop();

/** How often a threshold on one answer's time, learnt from half of the answers, tells the other half apart. */
function accuracy(pairs) {
  const answers = (half) =>
    half.flatMap(([right, duress]) => [
      [right, 0],
      [duress, 1],
    ]);
  const [learnt, asked] = [0, 1].map((half) => answers(pairs.filter((_, at) => at % 2 === half)));
  let best = { hits: 0 };
  for (const [threshold] of learnt) {
    const above = learnt.filter(([time, label]) => time > threshold === (label === 1)).length;
    for (const [hits, isAbove] of [
      [above, true],
      [learnt.length - above, false],
    ]) {
      if (hits > best.hits) best = { hits, threshold, isAbove };
    }
  }
  const guess = (time) => (time > best.threshold === best.isAbove ? 1 : 0);
  return asked.filter(([time, label]) => guess(time) === label).length / asked.length;
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
for (const [step, pairs] of times) {
  const longer = pairs.filter(([right, duress]) => duress > right).length / pairs.length;
  const [right, duress] = [0, 1].map((at) => median(pairs.map((pair) => pair[at])).toFixed(2));
  const percent = (share) => `${(share * 100).toFixed(1)} %`;
  console.log(
    `${step}: median ${right} ms, under duress ${duress} ms; told apart ${percent(accuracy(pairs))}, longer ${percent(longer)}`,
  );
}
