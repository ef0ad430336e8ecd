// One run: inputs of some kinds against a fresh world with bystanders, until a number of inputs or a time is reached.
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
/** Concurrent inputs of one kind. */
const WORKERS = 2;
/** Time-out of an answer, ms. */
const MOST_ANSWER_MS = 3_000;
/** Time-out of a call with only a message id: a new message needs time to reach the record. */
const MOST_ANSWER_OF_MESSAGE_MS = 8_000;
const OF_MESSAGE = /\/messages\/[\w-]{36}|[?&]around=/;
const REPORT_MS = 10_000;
/** Inputs after which users are re-added, and the history is compared with the acknowledged messages. */
const MAINTAIN_AFTER = 1_500;
/** Distinct failures that are printed in full. */
const MAX_TOLD = 50;
const MAX_LOGGED = 200;
const PANIC = /Rust panic|panicked at|RuntimeError|out of memory|exceeded its/i;
/** Forbidden in the log: tokens, secrets, bodies and locations of inputs and bystanders. */
const LEAK = /eyJ[\w-]{10}|demo-secret|other-secret|hello key-|tick \d|Lobby/;
const CEILINGS = { PERSON_LIMITER: null, APP_LIMITER: null, ADDRESS_LIMITER: null, OPENING_LIMITER: null };

/** The input of a kind with this number: equal for equal seeds, except for ids that the edge generates. */
export function inputOf(kind, number, { seed, pool }) {
  const { inputOf } = KINDS.find((one) => one.kind === kind);
  return inputOf(new Random(`${seed}/${kind}/${number}`), pool);
}

/**
 * @typedef {{seed: number, baseTime: number, kinds: string[], inputs?: number, minutes?: number, only?: number[]}} RunOptions
 *   inputs of each kind and minutes, whichever is reached first, or the numbers of certain inputs
 */

export class Run {
  failures = new Map();
  counts = new Map();
  /** How often inputs of a kind had an outcome: `http 200`, `native ack`. */
  outcomes = new Map();
  logged = [];
  #pending = new Map();
  #isOver = false;
  #done = 0;

  /**
   * @param {RunOptions} options
   * @param {(line: string) => void} say
   * @param {(row: object) => void} [measured] called every 10 s
   */
  constructor(options, say, measured = () => {}) {
    Object.assign(this, { options, say, measured });
  }

  /** Runs everything; resolves with this run. */
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

  /** Sends the inputs without bystanders; resolves with whether the engine panics. */
  async panics() {
    await this.#inWorld(() => this.#work(() => {}));
    return this.hasPanicked === true;
  }

  /** A fresh world with the pool, and bystanders that are not connected yet. */
  async #inWorld(act) {
    this.world = await startWorld({
      limits: WIDE,
      alerts: { locations_per_minute: 600 },
      // Every other seed uses Laravel event names.
      pusher: this.options.seed % 2 ? { event_names: "laravel", subscription_counts: true } : {},
      ceilings: CEILINGS,
      onLog: (entry) => this.#logged(entry),
    });
    this.stalls = new Stalls(() => this.world.engine.pid());
    try {
      this.pool = new Pool(this.world, this.options.baseTime);
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
    const { kinds, minutes } = this.options;
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
    const { inputs = Number.POSITIVE_INFINITY, only } = this.options;
    if (only) return yield* only;
    for (let number = 1; !this.#isOver && number <= inputs; number++) {
      this.counts.set(kind, number);
      yield number;
    }
  }

  async #input(worker, kind, number) {
    const { seed } = this.options;
    const input = inputOf(kind, number, { seed, pool: this.pool });
    const entry = { kind, number, input };
    if (this.options.only) this.say(described(entry));
    this.#pending.set(worker, entry);
    const began = performance.now();
    const faults = await worker.perform(input).catch((cause) => {
      throw new Error(`the fuzzer fails at ${described(entry)}`, { cause });
    });
    const ended = performance.now();
    const took = ended - began - this.stalls.between(began, ended);
    this.#pending.delete(worker);
    const most = OF_MESSAGE.test(input.path ?? "") ? MOST_ANSWER_OF_MESSAGE_MS : MOST_ANSWER_MS;
    if (took > most) faults.push(`it takes ${Math.round(took)} ms`);
    for (const fault of faults) this.failed(fault, [entry]);
    this.#done += 1;
    if (this.#done % MAINTAIN_AFTER === 0) {
      await this.pool.heal();
      await this.record.check();
    }
  }

  /** Counts the outcome of an input or of one of its frames. */
  countOutcome(outcome) {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  /** Records an acknowledged message of a user, by id and tenant. */
  acknowledged(person, message) {
    this.record.add(person, message);
    if (message.id) this.pool.saw(message);
  }

  /** Records a failure of an input; without `entries`, of one of the pending inputs. */
  failed(what, entries = [...this.#pending.values()]) {
    const [first] = entries;
    const where = entries.length === 1 ? `${first.kind}, ${first.input.name}: ` : "";
    const name = where + alike(what);
    // Later failures are consequences of the panic.
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
    const { seed, baseTime } = this.options;
    return `scripts/fuzz --seed ${seed} --base-time ${baseTime} --kind ${kind} --only-input ${number}`;
  }

  #logged({ message }) {
    this.logged.push(message);
    if (this.logged.length > MAX_LOGGED) this.logged.shift();
    if (LEAK.test(message)) this.failed(`the log contains a secret or a body: ${message.slice(0, 300)}`);
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

/** The part of a message that failures of one kind share. */
function alike(text) {
  const withoutIds = text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}/g, "ID");
  return withoutIds.replaceAll(/\d+/g, "N").slice(0, 160);
}

/** Resident memory of a process in KiB, where the system reports it. */
function residentKib(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
