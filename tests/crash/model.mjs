// Twenty people talk while the engine is killed again and again; after each time everything has to be as it was
// acknowledged.
import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../support/eventually.mjs";
import { startWorld, WIDE } from "../support/world.mjs";
import { AlertBook } from "./alert-book.mjs";
import { AlertOracle } from "./alert-oracle.mjs";
import { Chance } from "./chance.mjs";
import { Faults } from "./faults.mjs";
import { Journal, Tally } from "./journal.mjs";
import { awaitMoment, chooseMoment } from "./moments.mjs";
import { ConversationOracle } from "./oracles.mjs";
import { Participant } from "./participant.mjs";
import { checkPresence } from "./presence-oracle.mjs";
import { Life } from "./turns.mjs";

/** The ways to talk, in turn. */
const WAYS = ["native", "echo", "native", "stream", "pusher-js"];
/** Dashboards of the first people, who attend to alerts. */
const WATCHES = [["native"], ["echo"], ["native", "echo"]];
export const LEAST_PEOPLE = 6;
const FIRST_USER = 100;
/** How long all clients may take to be back. */
const BACK_WITHIN_MS = 45_000;
/** How long people go on after a kill, milliseconds. */
const AFTERWARDS_MS = [100, 700];
/** The pause before a second kill, while clients come back, milliseconds. */
const TWICE_MS = [0, 500];
const RECORD_WITHIN_MS = 30_000;

/**
 * Runs the model.
 * @param {{kills: number, seed: number, people?: number, onKill?: Function}} options
 */
export async function runModel({ kills, seed, people = 20, onKill = () => {} }) {
  const model = await Model.start({ seed, people });
  try {
    for (let number = 1; number <= kills; number++) onKill({ number, ...(await model.round()) }, model);
    await model.finish();
    return model.report();
  } finally {
    await model.stop();
  }
}

export class Model {
  faults = new Faults();
  tally = new Tally();
  /** HTTP tries that had to be repeated, by status; 0 is no answer. */
  again = new Map();
  rounds = [];
  #background = [];

  static async start({ seed, people }) {
    const world = await startWorld({ limits: WIDE, pusher: { gateways: 2 } });
    const model = new Model(world, seed, Math.max(people, LEAST_PEOPLE));
    try {
      await model.#furnish();
    } catch (error) {
      await model.stop();
      throw error;
    }
    return model;
  }

  constructor(world, seed, people) {
    Object.assign(this, { world, seed });
    this.chance = new Chance(seed, "kills");
    this.book = new AlertBook(this.faults, this.tally);
    const { faults, again } = this;
    this.participants = Array.from({ length: people }, (_, at) => {
      const user = String(FIRST_USER + at);
      const who = { way: WAYS[at % WAYS.length], watches: WATCHES[at] ?? [] };
      return new Participant({ world, user, ...who, chance: new Chance(seed, user), faults, again });
    });
  }

  /** Rooms, direct conversations, and everybody's clients. */
  async #furnish() {
    const { participants, world } = this;
    const users = (members) => members.map(({ user }) => user);
    const rooms = [
      ["everybody", participants],
      ["every other one", participants.filter((_, at) => at % 2 === 0)],
      ["the first six", participants.slice(0, LEAST_PEOPLE)],
    ];
    this.journals = [];
    const add = (about) => this.journals.push(new Journal(about, this.faults, this.tally));
    for (const [name, members] of rooms) {
      const room = await world.room(
        members.map(({ person }) => person),
        { name, visibility: "private" },
      );
      add({ id: room.conversation_id, name, room: room.id, users: users(members) });
    }
    for (let at = 0; at + 1 < Math.min(participants.length, 8); at += 2) {
      const [one, other] = participants.slice(at, at + 2);
      const asked = { type: "dm", user_id: other.user };
      const { id } = await one.person.ok("POST", "/api/chat/conversations", asked);
      add({ id, name: `${one.user} and ${other.user}`, room: undefined, users: users([one, other]) });
    }
    for (const one of participants) one.equip(this.journals.filter((journal) => journal.users.includes(one.user)));
    this.lives = participants.map((participant) => new Life(participant, this.book, this.seed));
    const { faults, book } = this;
    this.oracles = this.journals.map((journal) => new ConversationOracle({ world, journal, participants, faults }));
    this.alertOracle = new AlertOracle({ world, book, participants, faults });
    for (const oracle of this.oracles) await oracle.begin();
    for (const one of participants) one.open();
    await this.#everybodyIsBack();
  }

  get clients() {
    return this.participants.filter(({ isAway }) => !isAway).flatMap(({ clients }) => clients);
  }

  someLives(count) {
    const left = [...this.lives];
    return Array.from({ length: count }, () => left.splice(this.chance.below(left.length), 1)[0]);
  }

  /** Something that has to be over before people rest. */
  background(task) {
    this.#background.push(task);
  }

  /** Resolves when nothing that anybody began is unanswered. */
  async rest() {
    await Promise.all(this.lives.map((life) => life.rest()));
    await Promise.all(this.#background.splice(0));
  }

  /** One time: people live, the engine dies, everybody comes back, everything is compared. */
  async round() {
    const kind = chooseMoment(this.chance);
    const before = this.tally.counts.messages;
    for (const life of this.lives) life.begin();
    await awaitMoment(kind, this);
    const killedAt = performance.now();
    await this.world.engine.kill();
    if (kind === "twice") {
      await pause(this.chance.between(...TWICE_MS));
      await this.world.engine.kill();
    }
    const answeredMs = performance.now() - killedAt;
    await pause(this.chance.between(...AFTERWARDS_MS));
    await this.rest();
    await this.#everybodyIsBack();
    const backMs = Math.max(...this.clients.map(({ liveAt }) => liveAt)) - killedAt;
    await this.check(true);
    const checkedMs = performance.now() - killedAt;
    const messages = this.tally.counts.messages - before;
    const round = { kind, answeredMs, backMs, checkedMs, messages, faults: this.faults.total };
    this.rounds.push(round);
    return round;
  }

  async #everybodyIsBack() {
    const late = () => this.clients.filter(({ isLive, isSettled = isLive }) => !isLive || !isSettled);
    await eventually(() => late().length === 0, "all clients", BACK_WITHIN_MS).catch(() => {});
    for (const { kind, participant } of late()) {
      this.faults.add("unanswered", `the client of ${participant.user} (${kind}) is not back`);
    }
  }

  /** All oracles; nothing may be under way. */
  async check(isFresh) {
    const { journals, participants, faults } = this;
    await Promise.all([
      ...this.oracles.map((oracle) => oracle.check()),
      this.alertOracle.check(isFresh),
      checkPresence({ journals, participants, faults }),
    ]);
  }

  /** Everything once more from the beginning. */
  async finish() {
    await Promise.all([...this.oracles.map((oracle) => oracle.checkAll()), this.alertOracle.checkAll()]);
  }

  /** Resolves when the record has every log. */
  async recordIsLevel() {
    const counted = async () => {
      const [{ n }] = await this.world.rows("SELECT COUNT(*) n FROM messages");
      return n === this.journals.reduce((sum, { messages }) => sum + messages.size, 0);
    };
    await eventually(counted, "the record to have all", RECORD_WITHIN_MS);
  }

  report() {
    const { tally, faults, rounds, again } = this;
    return { ...tally.counts, events: tally.events, faults, rounds, again };
  }

  async stop() {
    for (const participant of this.participants) participant.abandon();
    await this.world.stop();
  }
}
