// The crash model: users chat while the engine is killed repeatedly. After each kill the oracles compare everything that was
// acknowledged with the server's state.
import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../support/eventually.mjs";
import { startWorld, WIDE } from "../support/world.mjs";
import { AlertJournal } from "./alert-journal.mjs";
import { AlertOracle } from "./alert-oracle.mjs";
import { Behaviour } from "./behaviour.mjs";
import { ConversationOracle } from "./conversation-oracle.mjs";
import { awaitCrashPoint, chooseCrashPoint } from "./crash-points.mjs";
import { FirstMessages } from "./first-messages.mjs";
import { Journal, Tally } from "./journal.mjs";
import { Membership } from "./membership.mjs";
import { Participant } from "./participant.mjs";
import { comparePresence } from "./presence-oracle.mjs";
import { Random } from "./random.mjs";
import { Violations } from "./violations.mjs";
import { within } from "./within.mjs";

/** Kinds of clients, assigned in turn. */
const WAYS = ["native", "echo", "native", "stream", "pusher-js"];
/** Dashboards of the first users, who are guards. */
const WATCHES = [["native"], ["echo"], ["native", "echo"]];
/** The first users stay connected; the others are sometimes away for a round. */
export const LEAST_PEOPLE = 6;
/** Number of users with a direct conversation that a client reads. */
const IN_PAIRS = 8;
const FIRST_USER = 100;
/** The server detects the end of an event stream by its keep-alive. */
const KEEP_ALIVE_MS = 2_000;
/** Time-out for all clients to reconnect. */
const BACK_WITHIN_MS = 45_000;
/** Time of normal actions after a kill, milliseconds. */
const AFTERWARDS_MS = [100, 700];
/** Pause before a second kill, while clients reconnect, milliseconds. */
const TWICE_MS = [0, 500];
/** Time-out of one phase of a round. */
const PHASE_MS = 180_000;
/** Time-out of the oracles for background work. */
const PATIENCE_MS = 30_000;
/** Clients by how they reconnect. */
const GROUPS = {
  "native sockets": ["native", "native dashboard"],
  "event streams": ["stream"],
  "Pusher clients": ["pusher-js", "echo", "echo dashboard"],
};

/**
 * Runs the model.
 * @param {{kills: number, seed: number, people?: number, onKill?: Function, withinMs?: number}} options `withinMs`: no
 *   further kill after this time
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
  violations = new Violations();
  tally = new Tally();
  /** Repeated HTTP attempts by status; 0 is no response. */
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
      await model.#setUp();
    } catch (error) {
      await model.stop();
      throw error;
    }
    return model;
  }

  constructor(world, seed, people, leaveOut) {
    Object.assign(this, { world, seed, leaveOut });
    this.random = new Random(seed, "kills");
    this.alertJournal = new AlertJournal(this.violations, this.tally);
    const { violations, tally, again } = this;
    this.participants = Array.from({ length: people }, (_, at) => {
      const user = String(FIRST_USER + at);
      const who = { way: WAYS[at % WAYS.length], watches: WATCHES[at] ?? [], random: new Random(seed, user) };
      return new Participant({ world, user, ...who, violations, tally, again });
    });
  }

  /** Creates rooms, direct conversations, and all clients. */
  async #setUp() {
    const { participants, world, violations, tally, alertJournal, seed, patience } = this;
    const residents = participants.slice(0, LEAST_PEOPLE);
    const everybody = await this.#room("everybody", participants, {});
    await this.#room(
      "every other one",
      participants.filter((_, at) => at % 2 === 0),
      {},
    );
    await this.#room("the first six", residents, {});
    const journal = await this.#room("the open membership", residents, { visibility: "public", isPublic: true });
    for (let at = 0; at + 1 < Math.min(participants.length, IN_PAIRS); at += 2) {
      await this.#pair(...participants.slice(at, at + 2));
    }
    const [moderator] = participants;
    const admin = world.person("admin", { roles: ["admin"] });
    await admin.ok("PUT", `/api/chat/rooms/${everybody.room}/members/${moderator.user}`, { role: "moderator" });
    moderator.moderates = [everybody];
    for (const one of participants) one.createClients(this.journals.filter(({ users }) => users.includes(one.user)));
    for (const known of this.journals) await this.#watch(known).begin();
    const visitors = this.leaveOut.has("memberships") ? [] : participants.slice(LEAST_PEOPLE);
    this.membership = new Membership({ journal, residents, visitors, violations, tally, patience });
    await this.membership.begin();
    const onConversation = (created) => this.#watch(created);
    this.firstMessages = new FirstMessages({
      participants,
      known: [...this.journals],
      violations,
      tally,
      onConversation,
    });
    this.alertOracle = new AlertOracle({ world, alertJournal, participants, violations, patience });
    const { membership, firstMessages } = this;
    this.behaviours = participants.map(
      (participant) => new Behaviour(participant, { alertJournal, membership, firstMessages, seed }),
    );
    for (const one of participants) one.open();
    await this.#everybodyIsBack();
  }

  async #room(name, members, { visibility = "private", isPublic = false }) {
    const people = members.map(({ person }) => person);
    const { id, conversation_id } = await this.world.room(people, { name, visibility });
    const users = members.map(({ user }) => user);
    return this.#journal({ id: conversation_id, name, room: id, users, isPublic });
  }

  async #pair(one, other) {
    const request = { type: "dm", user_id: other.user };
    const { id } = await one.person.ok("POST", "/api/chat/conversations", request);
    this.#journal({ id, name: `${one.user} and ${other.user}`, room: undefined, users: [one.user, other.user] });
  }

  #journal(about) {
    const journal = new Journal(about, this.violations, this.tally);
    this.journals.push(journal);
    return journal;
  }

  /** Adds a conversation to the oracles' checks. */
  #watch(journal) {
    const { world, participants, violations, patience } = this;
    const oracle = new ConversationOracle({ world, journal, participants, violations, patience });
    this.oracles.push(oracle);
    return oracle;
  }

  get present() {
    return this.participants.filter(({ isAway }) => !isAway);
  }

  get clients() {
    return this.present.flatMap(({ clients }) => clients);
  }

  /** A random selection of the users who act in this round. */
  someBehaviours(count) {
    const candidates = [...this.acting];
    return Array.from(
      { length: Math.min(count, candidates.length) },
      () => candidates.splice(this.random.below(candidates.length), 1)[0],
    );
  }

  /** Registers a task that `rest()` waits for. */
  background(task) {
    this.#background.push(task);
  }

  /** Resolves when no action is pending. */
  async rest() {
    await Promise.all(this.behaviours.map((behaviour) => behaviour.rest()));
    await Promise.all(this.#background.splice(0));
  }

  /** One round: users act, the engine is killed, all clients reconnect, the oracles compare. */
  async round(kind = chooseCrashPoint(this.random, this.leaveOut)) {
    const before = this.tally.counts.messages;
    const disconnecting = this.#someoneToDisconnect();
    const acts = ({ participant }) => !participant.isAway && participant !== disconnecting;
    this.acting = this.behaviours.filter(acts);
    for (const behaviour of this.acting) behaviour.begin();
    await awaitCrashPoint(kind, this);
    const killedAt = performance.now();
    disconnecting?.disconnectAbruptly();
    await this.#kill();
    if (kind === "twice") {
      await pause(this.random.between(...TWICE_MS));
      await this.#kill();
    }
    const answeredMs = performance.now() - killedAt;
    await pause(this.random.between(...AFTERWARDS_MS));
    await within(PHASE_MS, "finishing pending actions", this.rest());
    await this.#everybodyIsBack();
    const back = this.#backAfter(killedAt);
    await within(PHASE_MS, "the comparison", this.check(true));
    await this.#changeWhoIsPresent();
    const checkedMs = performance.now() - killedAt;
    const messages = this.tally.counts.messages - before;
    const round = { kind, answeredMs, back, checkedMs, messages, violations: this.violations.total };
    this.rounds.push(round);
    return round;
  }

  #kill() {
    return within(PHASE_MS, "the restart of the engine", this.world.engine.kill());
  }

  /** Time until the last client of each group reconnected, milliseconds. */
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

  /** Sometimes a user without pending actions, who disconnects at the kill and stays away for a round. */
  #someoneToDisconnect() {
    return this.#free.length > 0 && this.random.holds(30) ? this.random.pick(this.#free) : undefined;
  }

  /** Reconnects users who were away, and disconnects others with close frames. */
  async #changeWhoIsPresent() {
    const back = this.participants.filter(({ isAway }) => isAway);
    const leaving = this.#free.length > 0 && this.random.holds(50) ? [this.random.pick(this.#free)] : [];
    await Promise.all(leaving.map((participant) => participant.leave()));
    for (const participant of back) participant.rejoin();
    await this.#everybodyIsBack();
    if (leaving.length > 0 || back.length > 0) await this.checkPresence();
  }

  async #everybodyIsBack() {
    const late = () => this.clients.filter(({ isLive, isSettled = isLive }) => !isLive || !isSettled);
    await eventually(() => late().length === 0, "all clients", BACK_WITHIN_MS).catch(() => {});
    for (const { kind, participant } of late()) {
      this.violations.add("unanswered", `the client of ${participant.user} (${kind}) is not back`);
    }
  }

  checkPresence() {
    const { journals, participants, violations, patience, leaveOut } = this;
    return comparePresence({ journals, participants, violations, patience, withOnline: !leaveOut.has("online") });
  }

  /** @param {boolean} isFresh whether the engine was restarted since the last check */
  check(isFresh) {
    return Promise.all([
      ...this.oracles.map((oracle) => oracle.check()),
      this.membership.check(),
      this.alertOracle.check(isFresh),
      this.checkPresence(),
    ]);
  }

  /** Compares everything again from the beginning. */
  checkAll() {
    return Promise.all([
      ...this.oracles.map((oracle) => oracle.checkAll()),
      this.membership.check(),
      this.alertOracle.checkAll(),
      this.checkPresence(),
    ]);
  }

  /** Resolves when the record has every message. */
  async recordIsLevel() {
    const isLevel = async () => {
      const [{ n }] = await this.world.rows("SELECT COUNT(*) n FROM messages WHERE type <> 'system'");
      return n === this.oracles.reduce((sum, { journal }) => sum + journal.messages.size, 0);
    };
    await eventually(isLevel, "the record to have all", this.patience.ms);
  }

  report() {
    const { tally, violations, rounds, again } = this;
    const { counts, events, closes } = tally;
    const errors = this.world.printed.filter((line) => /"level":\s*"error"/.test(line)).length;
    return { counts, events, closes, violations, rounds, again, errors };
  }

  async stop() {
    for (const participant of this.participants) participant.abandon();
    await this.world.stop();
  }
}
