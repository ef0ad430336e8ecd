// What people do, one thing after the other: write, edit, delete, read, lose the connection, call for help, attend to it.
import { setTimeout as pause } from "node:timers/promises";
import { ALERTS } from "../support/alerts.mjs";

/** How long somebody thinks between two things, milliseconds. */
const THINKS_MS = [20, 350];
/** Messages of one's own that may be edited or deleted: the newest. */
const REMEMBERED = 20;
/** Open alerts at most: the short list of open ones has ten. */
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
  [3, pass],
  [2, meet],
  [3, moderate],
];

/** Lives until told to rest; a turn that is begun is finished. */
export class Life {
  #isResting = true;
  #running = Promise.resolve();

  /** @param {object} places where alerts, comers and goers, and those who meet are kept */
  constructor(participant, { book, door, encounters, seed }) {
    Object.assign(this, { participant, book, door, encounters, seed, calls: 0 });
    this.chance = participant.chance.of(`${participant.user} turns`);
  }

  begin = () => {
    this.#isResting = false;
    this.#running = this.#run();
  };

  /** Resolves when nothing that was begun is unanswered. */
  rest() {
    this.#isResting = true;
    return this.#running;
  }

  async #run() {
    while (!this.#isResting) {
      await this.attempt(() => this.chance.weighted(TURNS)(this));
      if (this.participant.watches.length > 0) await this.attempt(() => attend(this));
      await pause(this.chance.between(...THINKS_MS));
    }
  }

  /** A turn that could not be finished is a fault, not the end. */
  async attempt(turn) {
    try {
      return await turn();
    } catch (error) {
      const kind = error.name === "Unanswered" ? "unanswered" : "wrong";
      this.participant.faults.add(kind, `${this.participant.user}: ${error.message}`);
    }
  }
}

function text(life) {
  return `${life.participant.user} says ${life.chance.below(1_000_000)} \u{1F514} "quoted" \\ <b>`;
}

async function say(life) {
  const { participant, chance } = life;
  await participant.send(chance.pick(participant.journals), text(life));
}

function burst(life) {
  const { participant, chance } = life;
  return burstIn(life, chance.pick(participant.journals), chance.between(3, 12));
}

/** Several messages to one conversation, as fast as the client does it. They get their places in the order of writing. */
export async function burstIn(life, journal, count) {
  const { participant } = life;
  const reader = participant.readers.get(journal);
  const sent = [];
  if (reader?.kind === "native") {
    const keys = Array.from({ length: count }, () => participant.newKey());
    sent.push(...(await Promise.all(keys.map((key) => reader.send(key, text(life))))));
    participant.written.push(...sent.map(({ id }) => ({ journal, id })));
  } else {
    for (let i = 0; i < count; i++) sent.push(await participant.send(journal, text(life)));
  }
  // What was refused for then, and sent again, may have let others pass.
  const isInOrder = sent.every(({ seq }, at) => at === 0 || seq > sent[at - 1].seq);
  if (!isInOrder && sent.every(({ refusals }) => refusals === 0)) {
    participant.faults.add("out of order", `${journal.name}: messages of ${participant.user} changed places`);
  }
}

function oneOf(life) {
  const { written } = life.participant;
  written.splice(0, written.length - REMEMBERED);
  return written.length === 0 ? undefined : life.chance.pick(written);
}

async function edit(life) {
  const message = oneOf(life);
  if (message) await life.participant.edit(message, text(life));
}

async function erase(life) {
  const message = oneOf(life);
  if (message) await life.participant.delete(message);
}

async function read(life) {
  const { participant, chance } = life;
  const journal = chance.pick(participant.journals);
  const reader = participant.readers.get(journal);
  if (reader?.kind === "native" && chance.holds(70)) return reader.read();
  const { seq } = participant.positionIn(journal);
  if (seq !== undefined) await participant.read(journal, seq);
}

function type(life) {
  const { participant, chance } = life;
  const reader = participant.readers.get(chance.pick(participant.journals));
  reader?.type?.();
}

function drop(life) {
  const { participant, chance } = life;
  const client = chance.pick(participant.clients);
  if (client.dropAndForget && chance.holds(15)) client.dropAndForget();
  else client.drop();
}

/** Walks into the room that is open to everybody, or out of it. */
export function pass(life) {
  return life.door.pass(life.participant);
}

function meet(life) {
  return life.encounters.meet(life.participant, life.chance, text(life));
}

/** Deletes a message of somebody else's. */
async function moderate(life) {
  const { participant, chance } = life;
  if (participant.moderates.length === 0) return;
  const journal = chance.pick(participant.moderates);
  const standing = [...journal.messages].filter(([, { sender, body }]) => sender !== participant.user && body !== null);
  if (standing.length > 0) await participant.moderate(journal, chance.pick(standing.slice(-REMEMBERED))[0]);
}

/** Calls for help, presses again, or takes it back. */
export async function callForHelp(life) {
  const { participant, book, chance } = life;
  const open = book.openOf(participant.user);
  if (open && chance.holds(40)) return act(life, open.id, "cancel", { reason: "by mistake" });
  if (book.open.length >= MAX_OPEN_ALERTS) return;
  life.calls += 1;
  const id = `crash-${life.seed}-${participant.user}-${life.calls}`;
  const asked = { id, apartment: { id: 12, address: "Tower B" }, location: { lat: 4.7, lng: -74.1 }, note: "help" };
  const answer = await participant.caller.insist("POST", ALERTS, asked);
  book.raised(participant.user, id, answer);
  if (!chance.holds(20)) return;
  // A client that did not see the answer asks once more.
  book.raised(participant.user, id, await participant.caller.insist("POST", ALERTS, asked));
}

/** A guard does something about an alert on their screen. */
async function attend(life) {
  const { participant, chance } = life;
  const shown = participant.dashboards.flatMap((dashboard) => dashboard.openAlerts);
  if (shown.length === 0 || chance.holds(60)) return;
  const alert = chance.pick(shown);
  const deeds = [
    [5, "acknowledge"],
    [2, "respond"],
    [3, "resolve"],
    [1, "false-alarm"],
  ];
  const deed = chance.weighted(deeds);
  const body = { resolve: { reason: "attended to" }, "false-alarm": { reason: "nothing there" } }[deed];
  await act(life, String(alert.id), deed, body);
}

async function act(life, id, deed, body) {
  const { participant, book } = life;
  const answer = await participant.caller.insist("POST", `${ALERTS}/${id}/${deed}`, body);
  book.acted(participant.user, id, deed, answer);
  if (answer.status === 409) for (const dashboard of participant.dashboards) dashboard.learn(answer.body.alert);
}
