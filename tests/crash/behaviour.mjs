// The actions of a user, one at a time: sends, edits, deletes, reads, disconnects, raises alerts, acts on them.
import { setTimeout as pause } from "node:timers/promises";
import { ALERTS } from "../support/alerts.mjs";

/** Pause between two actions, milliseconds. */
const PAUSE_MS = [20, 350];
/** Number of a user's newest messages that are edited or deleted. */
const REMEMBERED = 20;
/** Maximum of open alerts: the short list has 10. */
const MAX_OPEN_ALERTS = 7;

const TURNS = [
  [44, say],
  [10, burst],
  [9, edit],
  [6, erase],
  [14, read],
  [5, type],
  [4, drop],
  [4, callForHelp],
  [3, joinOrLeave],
  [2, writeFirst],
  [3, moderate],
];

/** Acts until `rest()`, which waits for the pending action. */
export class Behaviour {
  #isResting = true;
  #running = Promise.resolve();

  /** @param {object} shared state shared by all users: alerts, the members of the public room, first messages */
  constructor(participant, { alertJournal, membership, firstMessages, seed }) {
    Object.assign(this, { participant, alertJournal, membership, firstMessages, seed, calls: 0 });
    this.random = participant.random.of(`${participant.user} turns`);
  }

  begin() {
    this.#isResting = false;
    this.#running = this.#run();
  }

  /** Stops acting; resolves when no action is pending. */
  rest() {
    this.#isResting = true;
    return this.#running;
  }

  async #run() {
    while (!this.#isResting) {
      await this.attempt(() => this.random.weighted(TURNS)(this));
      if (this.participant.watches.length > 0) await this.attempt(() => attend(this));
      await pause(this.random.between(...PAUSE_MS));
    }
  }

  /** A failed action is a violation; the user continues. */
  async attempt(turn) {
    try {
      return await turn();
    } catch (error) {
      const kind = error.name === "Unanswered" ? "unanswered" : "wrong";
      this.participant.violations.add(kind, `${this.participant.user}: ${error.message}`);
    }
  }
}

function text(behaviour) {
  return `${behaviour.participant.user} says ${behaviour.random.below(1_000_000)} \u{1F514} "quoted" \\ <b>`;
}

async function say(behaviour) {
  const { participant, random } = behaviour;
  await participant.send(random.pick(participant.journals), text(behaviour));
}

function burst(behaviour) {
  const { participant, random } = behaviour;
  return burstIn(behaviour, random.pick(participant.journals), random.between(3, 12));
}

/** Several messages to one conversation without a pause. Their seq must follow the order of writing. */
export async function burstIn(behaviour, journal, count) {
  const { participant } = behaviour;
  const reader = participant.readers.get(journal);
  const sent = [];
  if (reader?.kind === "native") {
    const keys = Array.from({ length: count }, () => participant.newKey());
    sent.push(...(await Promise.all(keys.map((key) => reader.send(key, text(behaviour))))));
    participant.written.push(...sent.map(({ id }) => ({ journal, id })));
  } else {
    for (let i = 0; i < count; i++) sent.push(await participant.send(journal, text(behaviour)));
  }
  // A message that was refused temporarily and sent again may come later.
  const isInOrder = sent.every(({ seq }, at) => at === 0 || seq > sent[at - 1].seq);
  if (!isInOrder && sent.every(({ refusals }) => refusals === 0)) {
    participant.violations.add("out of order", `${journal.name}: messages of ${participant.user} changed places`);
  }
}

function oneOf(behaviour) {
  const { written } = behaviour.participant;
  written.splice(0, written.length - REMEMBERED);
  return written.length === 0 ? undefined : behaviour.random.pick(written);
}

async function edit(behaviour) {
  const message = oneOf(behaviour);
  if (message) await behaviour.participant.edit(message, text(behaviour));
}

async function erase(behaviour) {
  const message = oneOf(behaviour);
  if (message) await behaviour.participant.delete(message);
}

async function read(behaviour) {
  const { participant, random } = behaviour;
  const journal = random.pick(participant.journals);
  const reader = participant.readers.get(journal);
  if (reader?.kind === "native" && random.holds(70)) return reader.read();
  const { seq } = participant.positionIn(journal);
  if (seq !== undefined) await participant.read(journal, seq);
}

function type(behaviour) {
  const { participant, random } = behaviour;
  const reader = participant.readers.get(random.pick(participant.journals));
  reader?.type?.();
}

function drop(behaviour) {
  const { participant, random } = behaviour;
  const client = random.pick(participant.clients);
  if (client.dropAndForget && random.holds(15)) client.dropAndForget();
  else client.drop();
}

/** Joins the public room, or leaves it. */
export function joinOrLeave(behaviour) {
  return behaviour.membership.change(behaviour.participant);
}

function writeFirst(behaviour) {
  return behaviour.firstMessages.send(behaviour.participant, behaviour.random, text(behaviour));
}

/** Deletes another user's message. */
async function moderate(behaviour) {
  const { participant, random } = behaviour;
  if (participant.moderates.length === 0) return;
  const journal = random.pick(participant.moderates);
  const standing = [...journal.messages].filter(([, { sender, body }]) => sender !== participant.user && body !== null);
  if (standing.length > 0) await participant.moderate(journal, random.pick(standing.slice(-REMEMBERED))[0]);
}

/** Raises an alert, presses again, or cancels it. */
export async function callForHelp(behaviour) {
  const { participant, alertJournal, random } = behaviour;
  const open = alertJournal.openOf(participant.user);
  if (open && random.holds(40)) return act(behaviour, open.id, "cancel", { reason: "by mistake" }, { isOwn: true });
  if (alertJournal.open.length >= MAX_OPEN_ALERTS) return;
  behaviour.calls += 1;
  const id = `crash-${behaviour.seed}-${participant.user}-${behaviour.calls}`;
  const request = { id, apartment: { id: 12, address: "Tower B" }, location: { lat: 4.7, lng: -74.1 }, note: "help" };
  const answer = await participant.http.request("POST", ALERTS, request);
  alertJournal.raised(participant.user, id, answer);
  if (!random.holds(20)) return;
  // A client without the response repeats the request.
  alertJournal.raised(participant.user, id, await participant.http.request("POST", ALERTS, request));
}

/** A guard acts on an alert of their dashboard. */
async function attend(behaviour) {
  const { participant, random } = behaviour;
  const shown = participant.dashboards.flatMap((dashboard) => dashboard.openAlerts);
  if (shown.length === 0 || random.holds(60)) return;
  const alert = random.pick(shown);
  const actions = [
    [5, "acknowledge"],
    [2, "respond"],
    [3, "resolve"],
    [1, "false-alarm"],
  ];
  const action = random.weighted(actions);
  const body = { resolve: { reason: "attended to" }, "false-alarm": { reason: "nothing there" } }[action];
  await act(behaviour, String(alert.id), action, body, { isOwn: String(alert.user.id) === participant.user });
}

async function act(behaviour, id, action, body, { isOwn }) {
  const { participant, alertJournal } = behaviour;
  const answer = await participant.http.request("POST", `${ALERTS}/${id}/${action}`, body);
  alertJournal.acted(participant.user, id, action, answer, { isOwn });
  if (answer.status === 409) for (const dashboard of participant.dashboards) dashboard.learn(answer.body.alert);
}
