// Twenty people talk while the engine is killed again and again; after each time everything has to be as it was
// acknowledged.
import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../support/eventually.mjs";
import { startWorld, WIDE } from "../support/world.mjs";
import { AlertBook } from "./alert-book.mjs";
import { AlertOracle } from "./alert-oracle.mjs";
import { Chance } from "./chance.mjs";
import { Door } from "./door.mjs";
import { Encounters } from "./encounters.mjs";
import { Faults } from "./faults.mjs";
import { Journal, Tally } from "./journal.mjs";
import { awaitMoment, chooseMoment } from "./moments.mjs";
import { ConversationOracle } from "./oracles.mjs";
import { Participant } from "./participant.mjs";
import { comparePresence } from "./presence-oracle.mjs";
import { Life } from "./turns.mjs";

/** The ways to talk, in turn. */
const WAYS = ["native", "echo", "native", "stream", "pusher-js"];
/** Dashboards of the first people, who attend to alerts. */
const WATCHES = [["native"], ["echo"], ["native", "echo"]];
/** The first people always stay; the others are away now and then. */
export const LEAST_PEOPLE = 6;
/** People with a direct conversation that somebody reads. */
const IN_PAIRS = 8;
const FIRST_USER = 100;
/** That somebody has left a stream is noticed by what it says now and then. */
const KEEP_ALIVE_MS = 2_000;
/** How long all clients may take to be back. */
const BACK_WITHIN_MS = 45_000;
/** How long people go on after a kill, milliseconds. */
const AFTERWARDS_MS = [100, 700];
/** The pause before a second kill, while clients come back, milliseconds. */
const TWICE_MS = [0, 500];
/** How long oracles wait for what is only a matter of time. */
const PATIENCE_MS = 30_000;
/** Clients by how they come back. */
const GROUPS = {
  "native sockets": ["native", "native dashboard"],
  "event streams": ["stream"],
  "Pusher clients": ["pusher-js", "echo", "echo dashboard"],
};

/**
 * Runs the model.
 * @param {{kills: number, seed: number, people?: number, onKill?: Function, withinMs?: number}} options `withinMs`: no
 *   further kill after so long
 */
export async function runModel({ kills, withinMs = Number.POSITIVE_INFINITY, onKill = () => {}, ...options }) {
  const deadline = Date.now() + withinMs;
  const model = await Model.start(options);
  try {
    for (let number = 1; number <= kills && Date.now() < deadline; number++) {
      onKill({ number, ...(await model.round()) }, model);
    }
    await model.checkAll();
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
  patience = { ms: PATIENCE_MS };
  journals = [];
  oracles = [];
  #background = [];

  /** @param {{seed: number, people?: number, leaveOut?: string[]}} options `leaveOut`: of "memberships", "online" */
  static async start({ seed, people = 20, leaveOut = [] }) {
    const limits = { ...WIDE, keep_alive_ms: KEEP_ALIVE_MS };
    const world = await startWorld({ limits, pusher: { gateways: 2 } });
    const model = new Model(world, seed, Math.max(people, LEAST_PEOPLE), new Set(leaveOut));
    try {
      await model.#furnish();
    } catch (error) {
      await model.stop();
      throw error;
    }
    return model;
  }

  constructor(world, seed, people, leaveOut) {
    Object.assign(this, { world, seed, leaveOut });
    this.chance = new Chance(seed, "kills");
    this.book = new AlertBook(this.faults, this.tally);
    const { faults, tally, again } = this;
    this.participants = Array.from({ length: people }, (_, at) => {
      const user = String(FIRST_USER + at);
      const who = { way: WAYS[at % WAYS.length], watches: WATCHES[at] ?? [], chance: new Chance(seed, user) };
      return new Participant({ world, user, ...who, faults, tally, again });
    });
  }

  /** Rooms, direct conversations, and everybody's clients. */
  async #furnish() {
    const { participants, world, faults, tally, book, seed, patience } = this;
    const residents = participants.slice(0, LEAST_PEOPLE);
    const everybody = await this.#room("everybody", participants, {});
    await this.#room(
      "every other one",
      participants.filter((_, at) => at % 2 === 0),
      {},
    );
    await this.#room("the first six", residents, {});
    const journal = await this.#room("the open door", residents, { visibility: "public", isDoor: true });
    for (let at = 0; at + 1 < Math.min(participants.length, IN_PAIRS); at += 2) {
      await this.#pair(...participants.slice(at, at + 2));
    }
    const [moderator] = participants;
    const admin = world.person("admin", { roles: ["admin"] });
    await admin.ok("PUT", `/api/chat/rooms/${everybody.room}/members/${moderator.user}`, { role: "moderator" });
    moderator.moderates = [everybody];
    for (const one of participants) one.equip(this.journals.filter(({ users }) => users.includes(one.user)));
    for (const known of this.journals) await this.#watch(known).begin();
    const visitors = this.leaveOut.has("memberships") ? [] : participants.slice(LEAST_PEOPLE);
    this.door = new Door({ journal, residents, visitors, faults, tally, patience });
    await this.door.begin();
    const onMet = (met) => this.#watch(met);
    this.encounters = new Encounters({ participants, known: [...this.journals], faults, tally, onMet });
    this.alertOracle = new AlertOracle({ world, book, participants, faults, patience });
    const { door, encounters } = this;
    this.lives = participants.map((participant) => new Life(participant, { book, door, encounters, seed }));
    for (const one of participants) one.open();
    await this.#everybodyIsBack();
  }

  async #room(name, members, { visibility = "private", isDoor = false }) {
    const people = members.map(({ person }) => person);
    const { id, conversation_id } = await this.world.room(people, { name, visibility });
    const users = members.map(({ user }) => user);
    return this.#journal({ id: conversation_id, name, room: id, users, isDoor });
  }

  async #pair(one, other) {
    const asked = { type: "dm", user_id: other.user };
    const { id } = await one.person.ok("POST", "/api/chat/conversations", asked);
    this.#journal({ id, name: `${one.user} and ${other.user}`, room: undefined, users: [one.user, other.user] });
  }

  #journal(about) {
    const journal = new Journal(about, this.faults, this.tally);
    this.journals.push(journal);
    return journal;
  }

  /** From here on the oracles look at this one, too. */
  #watch(journal) {
    const { world, participants, faults, patience } = this;
    const oracle = new ConversationOracle({ world, journal, participants, faults, patience });
    this.oracles.push(oracle);
    return oracle;
  }

  get present() {
    return this.participants.filter(({ isAway }) => !isAway);
  }

  get clients() {
    return this.present.flatMap(({ clients }) => clients);
  }

  /** Some of those who are here. */
  someLives(count) {
    const left = this.lives.filter(({ participant }) => !participant.isAway);
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
  async round(kind = chooseMoment(this.chance, this.leaveOut)) {
    const before = this.tally.counts.messages;
    const vanishing = this.#someoneWhoVanishes();
    for (const { participant, begin } of this.lives) if (!participant.isAway && participant !== vanishing) begin();
    await awaitMoment(kind, this);
    const killedAt = performance.now();
    vanishing?.vanish();
    await this.world.engine.kill();
    if (kind === "twice") {
      await pause(this.chance.between(...TWICE_MS));
      await this.world.engine.kill();
    }
    const answeredMs = performance.now() - killedAt;
    await pause(this.chance.between(...AFTERWARDS_MS));
    await this.rest();
    await this.#everybodyIsBack();
    const back = this.#backAfter(killedAt);
    await this.check(true);
    await this.#comeAndGo();
    const checkedMs = performance.now() - killedAt;
    const messages = this.tally.counts.messages - before;
    const round = { kind, answeredMs, back, checkedMs, messages, faults: this.faults.total };
    this.rounds.push(round);
    return round;
  }

  /** How long each group of clients took until the last one was back, milliseconds. */
  #backAfter(killedAt) {
    const last = (kinds) => {
      const times = this.clients.filter(({ kind }) => kinds.includes(kind)).map(({ liveAt }) => liveAt - killedAt);
      return Math.max(0, ...times);
    };
    return new Map(Object.entries(GROUPS).map(([name, kinds]) => [name, last(kinds)]));
  }

  get #free() {
    return this.present.slice(LEAST_PEOPLE);
  }

  /** Now and then somebody who has nothing under way goes with the engine, and does not come back at once. */
  #someoneWhoVanishes() {
    return this.#free.length > 0 && this.chance.holds(30) ? this.chance.pick(this.#free) : undefined;
  }

  /** Those who were away come back, and others leave, in good order. */
  async #comeAndGo() {
    const back = this.participants.filter(({ isAway }) => isAway);
    const leaving = this.#free.length > 0 && this.chance.holds(50) ? [this.chance.pick(this.#free)] : [];
    await Promise.all(leaving.map((participant) => participant.leave()));
    for (const participant of back) participant.comeBack();
    await this.#everybodyIsBack();
    if (leaving.length > 0 || back.length > 0) await this.checkPresence();
  }

  async #everybodyIsBack() {
    const late = () => this.clients.filter(({ isLive, isSettled = isLive }) => !isLive || !isSettled);
    await eventually(() => late().length === 0, "all clients", BACK_WITHIN_MS).catch(() => {});
    for (const { kind, participant } of late()) {
      this.faults.add("unanswered", `the client of ${participant.user} (${kind}) is not back`);
    }
  }

  checkPresence() {
    const { journals, participants, faults, patience, leaveOut } = this;
    return comparePresence({ journals, participants, faults, patience, withOnline: !leaveOut.has("online") });
  }

  /** @param {boolean} isFresh whether the engine is new since the last time */
  check(isFresh) {
    return Promise.all([
      ...this.oracles.map((oracle) => oracle.check()),
      this.door.check(),
      this.alertOracle.check(isFresh),
      this.checkPresence(),
    ]);
  }

  /** Everything once more from the beginning. */
  checkAll() {
    return Promise.all([
      ...this.oracles.map((oracle) => oracle.checkAll()),
      this.door.check(),
      this.alertOracle.checkAll(),
      this.checkPresence(),
    ]);
  }

  /** Resolves when the record has every message. */
  async recordIsLevel() {
    const isLevel = async () => {
      const [{ n }] = await this.world.rows("SELECT COUNT(*) n FROM messages");
      return n === this.oracles.reduce((sum, { journal }) => sum + journal.messages.size, 0);
    };
    await eventually(isLevel, "the record to have all", this.patience.ms);
  }

  report() {
    const { tally, faults, rounds, again } = this;
    const { counts, events, closes } = tally;
    const errors = this.world.printed.filter((line) => /"level":\s*"error"/.test(line)).length;
    return { counts, events, closes, faults, rounds, again, errors };
  }

  async stop() {
    for (const participant of this.participants) participant.abandon();
    await this.world.stop();
  }
}
