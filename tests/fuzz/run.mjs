// One run: inputs of some kinds against a fresh world, with bystanders in it, until there were enough or time is over.
import { readFileSync } from "node:fs";
import { startWorld, WIDE } from "../support/world.mjs";
import { Bystanders } from "./bystanders.mjs";
import { described } from "./described.mjs";
import { HttpKind } from "./http-kind.mjs";
import { NativeKind } from "./native-kind.mjs";
import { Pool } from "./pool.mjs";
import { PusherKind } from "./pusher-kind.mjs";
import { Random } from "./random.mjs";
import { Acknowledged, checkRead, checkUnread } from "./record.mjs";
import { SignedKind } from "./signed-kind.mjs";
import { Stalls } from "./stalls.mjs";

const KINDS = [NativeKind, PusherKind, HttpKind, SignedKind];
export const KIND_NAMES = KINDS.map(({ kind }) => kind);
/** Inputs of one kind that are under way at the same time. */
const WORKERS = 2;
/** An answer that takes longer is a failure, ms. */
const MOST_ANSWER_MS = 3_000;
/** The same of a call that names a message by its id alone: one that was just sent may be on its way for so long. */
const MOST_ANSWER_OF_MESSAGE_MS = 8_000;
const OF_MESSAGE = /\/messages\/[\w-]{36}|[?&]around=/;
const REPORT_MS = 10_000;
/** Inputs after which people are let in again, and the history is compared with what was acknowledged. */
const MAINTAIN_AFTER = 1_500;
/** Different failures that are told in full; one run rarely has more. */
const MAX_TOLD = 50;
const MAX_LOGGED = 200;
const PANIC = /Rust panic|panicked at|RuntimeError|out of memory|exceeded its/i;
/** What is in no line of the log: tokens, secrets, bodies and places of the inputs and of the bystanders. */
const LEAK = /eyJ[\w-]{10}|demo-secret|other-secret|hello key-|tick \d|Lobby/;
const CEILINGS = { PERSON_LIMITER: null, APP_LIMITER: null, ADDRESS_LIMITER: null };

/** The input of a kind with this number: the same each time, apart from the ids that the edge makes. */
export function inputOf(kind, number, { seed, pool }) {
  const { inputOf } = KINDS.find((one) => one.kind === kind);
  return inputOf(new Random(`${seed}/${kind}/${number}`), pool);
}

/**
 * @typedef {{seed: number, baseTime: number, kinds: string[], inputs?: number, minutes?: number, only?: number[]}} Wish
 *   inputs of each kind, minutes, whichever is over first, or the numbers of certain inputs
 */

export class Run {
  failures = new Map();
  counts = new Map();
  /** How often inputs of a kind had an outcome: `http 200`, `native ack`. */
  outcomes = new Map();
  logged = [];
  #underWay = new Map();
  #isOver = false;
  #done = 0;

  /**
   * @param {Wish} wish
   * @param {(line: string) => void} say
   * @param {(row: object) => void} [measured] called every ten seconds
   */
  constructor(wish, say, measured = () => {}) {
    Object.assign(this, { wish, say, measured });
  }

  /** Does all of it; what came of it. */
  async go() {
    await this.#inWorld(async (room, bystanders) => {
      const pid = this.world.engine.pid();
      await bystanders.start(room);
      await this.#work(() => this.#report(bystanders));
      await bystanders.stop();
      this.received = bystanders.received;
      if (this.world.engine.pid() !== pid) this.failed("the engine was started anew");
      if (this.hasPanicked) return;
      const counts = await this.record.checkAll();
      const failed = (what) => this.failed(what);
      await checkUnread([...this.pool.people, ...bystanders.people], counts, failed);
      await checkRead(bystanders.people, room.conversation_id, failed);
    });
    return this;
  }

  /** Sends the inputs, with nobody beside them; whether the engine panics. */
  async panics() {
    await this.#inWorld(() => this.#work(() => {}));
    return this.hasPanicked === true;
  }

  /** A fresh world with the pool in it, and a room of people who have not begun to listen. */
  async #inWorld(act) {
    this.world = await startWorld({
      limits: WIDE,
      alerts: { locations_per_minute: 600 },
      // Every other seed has names of Laravel's clients, too.
      pusher: this.wish.seed % 2 ? { event_names: "laravel", subscription_counts: true } : {},
      ceilings: CEILINGS,
      onLog: (entry) => this.#logged(entry),
    });
    this.stalls = new Stalls(() => this.world.engine.pid());
    try {
      this.pool = new Pool(this.world, this.wish.baseTime);
      const disturbed = (what) => this.failed(what);
      this.record = new Acknowledged(this.world, () => this.pool.people, disturbed);
      const acknowledged = (person, ack) => this.record.add(person, ack);
      const bystanders = new Bystanders(this.world, this.stalls, disturbed, acknowledged);
      const room = await this.world.room(bystanders.people, { visibility: "private", name: "Common" });
      await this.pool.prepare(room);
      for (const [conversation, reader] of this.pool.readers) this.record.uses(reader, conversation);
      await act(room, bystanders);
    } finally {
      this.stalls.stop();
      await this.world.stop();
    }
  }

  async #work(report) {
    const { kinds, minutes } = this.wish;
    this.began = performance.now();
    const timer = minutes ? setTimeout(() => this.#end(), minutes * 60_000) : undefined;
    const reporting = setInterval(report, REPORT_MS);
    const wanted = KINDS.filter(({ kind }) => kinds.includes(kind));
    try {
      await Promise.all(wanted.map((Kind) => this.#kind(Kind)));
    } finally {
      clearTimeout(timer);
      clearInterval(reporting);
      report();
    }
  }

  #end() {
    this.#isOver = true;
  }

  async #kind(Kind) {
    const numbers = this.#numbers(Kind.kind);
    const workers = Array.from({ length: WORKERS }, async (_, worker) => {
      const one = new Kind(this, worker);
      try {
        for (const number of numbers) await this.#input(one, Kind.kind, number);
      } finally {
        one.close();
      }
    });
    await Promise.all(workers);
  }

  *#numbers(kind) {
    const { inputs = Number.POSITIVE_INFINITY, only } = this.wish;
    if (only) return yield* only;
    for (let number = 1; !this.#isOver && number <= inputs; number++) {
      this.counts.set(kind, number);
      yield number;
    }
  }

  async #input(worker, kind, number) {
    const { seed } = this.wish;
    const input = inputOf(kind, number, { seed, pool: this.pool });
    const entry = { kind, number, input };
    if (this.wish.only) this.say(described(entry));
    this.#underWay.set(worker, entry);
    const began = performance.now();
    const faults = await worker.perform(input).catch((cause) => {
      throw new Error(`the fuzzer fails at ${described(entry)}`, { cause });
    });
    const ended = performance.now();
    const took = ended - began - this.stalls.between(began, ended);
    this.#underWay.delete(worker);
    const most = OF_MESSAGE.test(input.path ?? "") ? MOST_ANSWER_OF_MESSAGE_MS : MOST_ANSWER_MS;
    if (took > most) faults.push(`it takes ${Math.round(took)} ms`);
    for (const fault of faults) this.failed(fault, [entry]);
    this.#done += 1;
    if (this.#done % MAINTAIN_AFTER === 0) {
      await this.pool.heal();
      await this.record.check();
    }
  }

  /** What became of an input, or of one of its frames. */
  came(outcome) {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  /** A message was acknowledged to somebody, by their id and tenant. */
  acknowledged(person, message) {
    this.record.add(person, message);
    if (message.id) this.pool.saw(message);
  }

  /** Something is wrong; of what input, if that is known: otherwise it is one of those under way. */
  failed(what, entries = [...this.#underWay.values()]) {
    const [first] = entries;
    const where = entries.length === 1 ? `${first.kind}, ${first.input.name}: ` : "";
    const name = where + alike(what);
    // What follows a panic is of the panic.
    if (this.hasPanicked) return;
    const known = this.failures.get(name);
    if (known) {
      known.times += 1;
      return;
    }
    this.failures.set(name, { times: 1, what, entries });
    if (this.failures.size > MAX_TOLD) return;
    this.say(`FAILED ${where}${what}`);
    if (entries.length > 1) this.say("  under way were:");
    for (const entry of entries) this.say(`  ${described(entry)}\n    again: ${this.#again(entry)}`);
  }

  #again({ kind, number }) {
    const { seed, baseTime } = this.wish;
    return `scripts/fuzz --seed ${seed} --base-time ${baseTime} --kind ${kind} --only-input ${number}`;
  }

  #logged({ message }) {
    this.logged.push(message);
    if (this.logged.length > MAX_LOGGED) this.logged.shift();
    if (LEAK.test(message)) this.failed(`the log has what does not belong there: ${message.slice(0, 300)}`);
    if (message.includes('"level":"error"')) this.failed(`the log has an error: ${message.slice(0, 300)}`);
    if (!PANIC.test(message)) return;
    this.failed(`the engine says: ${message.split("\n")[0].slice(0, 300)}`);
    this.hasPanicked = true;
    this.#end();
  }

  #report(bystanders) {
    const seconds = (performance.now() - this.began) / 1_000;
    const inputs = [...this.counts.values()].reduce((sum, count) => sum + count, 0);
    const delays = bystanders.takeDelays();
    const row = {
      seconds: Math.round(seconds),
      inputs,
      per_second: Math.round(inputs / seconds),
      delay_p50_ms: Math.round(delays[Math.floor(delays.length / 2)] ?? 0),
      delay_max_ms: Math.round(delays.at(-1) ?? 0),
      engine_kib: residentKib(this.world.engine.pid()),
      generator_kib: Math.round(process.memoryUsage.rss() / 1_024),
      failures: this.failures.size,
    };
    this.measured(row);
  }
}

/** What two failures of one kind have in common. */
function alike(text) {
  const withoutIds = text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}/g, "ID");
  return withoutIds.replaceAll(/\d+/g, "N").slice(0, 160);
}

/** Resident memory of a process, where the system tells it. */
function residentKib(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
