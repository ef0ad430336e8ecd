// A native client of one conversation: resumes by epoch and seq, repeats unacknowledged messages, and checks the order of events.
import { NativeSocket } from "./native-socket.mjs";
import { Outbox } from "./outbox.mjs";
import { Position } from "./position.mjs";

/** Unacknowledged frames of a pipelining client. */
const PIPELINED = 100;
/** A change without a confirming event after this time is repeated on a new connection. */
const CHANGE_WITHIN_MS = 20_000;
/** A marker that does not move causes no event; after this time HTTP shows its position. */
const RECEIPT_WITHIN_MS = 3_000;
const AGAIN_MS = 150;

export class NativeReader {
  /** Users online according to this client. */
  online = new Set();
  #change;
  #read;
  #reloading;
  /** Deletions done by another user or an earlier attempt, which the server answers with not-found. */
  #strays = 0;

  /** @param {object} options `tab`: its client id, which suppresses the echo of its own messages */
  constructor({ participant, journal, random, tab, pipelines }) {
    Object.assign(this, { participant, journal, random, tab });
    this.position = new Position(journal, `${participant.user} (native)`);
    this.socket = new NativeSocket({
      person: participant.person,
      path: `/api/chat/conversations/${journal.id}/socket`,
      query: () => this.#query(),
      random,
      violations: journal.violations,
      tally: journal.tally,
      onFrame: (frame) => this.#frame(frame),
      onLost: () => this.#lost(),
    });
    this.outbox = new Outbox({
      window: pipelines ? PIPELINED : 1,
      transmit: (frame) => this.socket.isLive && this.socket.send(frame),
      onSilence: () => this.#silence("a message"),
    });
  }

  get kind() {
    return "native";
  }

  get isLive() {
    return this.socket.isLive && this.#reloading === undefined;
  }

  get liveAt() {
    return this.socket.liveAt;
  }

  /** Whether no message or change is pending. */
  get isSettled() {
    return this.isLive && this.outbox.isEmpty && !this.#change && !this.#read;
  }

  open() {
    this.socket.open();
  }

  /** Resumes either by the query or by a frame after the welcome. */
  #query() {
    const { epoch, seq } = this.position;
    const tab = this.tab === undefined ? {} : { client_id: this.tab };
    this.resumesByFrame = seq !== undefined && this.random.holds(40);
    return seq === undefined || this.resumesByFrame ? tab : { ...tab, epoch, seq };
  }

  #frame(frame) {
    if (frame.event !== undefined) return frame.seq === undefined ? this.#signal(frame) : this.#event(frame);
    switch (frame.type) {
      case "welcome":
        return this.#welcomed(frame);
      case "ack":
        return this.#acknowledged(frame);
      case "reset":
        return this.#reset();
      case "error":
        return this.#refused(frame);
    }
  }

  #welcomed({ epoch, head, you, online }) {
    const { position } = this;
    this.online = new Set(online.map(({ user_id }) => user_id));
    if (position.seq === undefined) position.startFrom(epoch, head);
    position.connected(this.resumesByFrame ? "any" : "contiguous");
    if (this.resumesByFrame) this.socket.send({ type: "resume", epoch: position.epoch, seq: position.seq });
    this.socket.live();
    this.outbox.flush();
    this.#sendChange();
    if (this.#read) {
      if (you.last_read_seq >= this.#read.seq) this.#hasRead();
      else this.#sendRead();
    }
  }

  #acknowledged(ack) {
    if (this.tab !== undefined) this.position.own(ack.seq);
    this.outbox.acknowledged(ack);
  }

  #event(frame) {
    this.position.take(frame);
    if (this.#change?.isDone(frame)) this.#changed();
  }

  #signal({ event, partial }) {
    if (event === "presence.joined") this.online.add(partial.user_id);
    if (event === "presence.left") this.online.delete(partial.user_id);
    const isOwnMarker = event === "message.read" && partial.user_id === this.participant.user;
    if (isOwnMarker && this.#read && partial.seq >= this.#read.seq) this.#hasRead();
  }

  #refused(problem) {
    if (problem.client_msg_id) return this.outbox.refused(problem.client_msg_id, problem);
    if (problem.status === 404 && this.#strays > 0) {
      this.#strays -= 1;
      return;
    }
    if (!this.socket.isLive || !this.#change) return;
    const { frame, tries, resolve, reject } = this.#change;
    if (problem.status >= 500 || problem.status === 429) {
      this.#change.again = setTimeout(() => this.#sendChange(), problem.retry_after_ms ?? AGAIN_MS);
    } else if (problem.status === 404 && frame.type === "delete" && tries > 1) {
      // An earlier attempt deleted it.
      this.#forgetChange();
      resolve();
    } else {
      this.#forgetChange();
      reject(Object.assign(new Error(`a change was refused: ${problem.error}`), { status: problem.status }));
    }
  }

  #lost() {
    this.#strays = 0;
    this.outbox.lost();
    this.online.clear();
    clearTimeout(this.#change?.again);
  }

  #silence(what) {
    this.journal.violations.add("unanswered", `${this.journal.name}: ${this.participant.user} waited for ${what}`);
    this.socket.drop();
  }

  /** The position is too old: continues from a page. */
  #reset() {
    this.journal.tally.counts.resets += 1;
    this.#reloading ??= this.#reload().finally(() => {
      this.#reloading = undefined;
    });
  }

  async #reload() {
    const { participant, position, socket, journal } = this;
    position.startFrom(undefined, undefined);
    const page = await participant.http.ok("GET", `/api/chat/conversations/${journal.id}/messages?limit=100`);
    // Read after the position, so that later events are replayed.
    const members = journal.isPublic ? await participant.membersOf(journal) : [];
    position.startFrom(page.epoch, page.head);
    position.members = new Set(members);
    for (const { id, body } of page.data) position.received.set(id, body);
    socket.drop();
  }

  /** Resolves when the message is durable. */
  async send(key, body) {
    const { journal, participant } = this;
    const ack = await this.outbox.add({ type: "send", client_msg_id: key, body });
    journal.sent(participant.user, key, body, ack);
    return ack;
  }

  /** Edits or deletes an own message; resolves at the confirming event. */
  change(frame) {
    const wanted = frame.type === "edit" ? "message.updated" : "message.deleted";
    const isDone = ({ event, id, partial }) =>
      event === wanted && id === frame.id && (frame.type !== "edit" || partial.body === frame.body);
    return new Promise((resolve, reject) => {
      this.#change = { frame, isDone, resolve, reject, tries: 0 };
      this.#sendChange();
    });
  }

  #sendChange() {
    const change = this.#change;
    if (!change || !this.socket.isLive || !this.socket.send(change.frame)) return;
    change.tries += 1;
    clearTimeout(change.timer);
    change.timer = setTimeout(() => this.#silence("a change"), CHANGE_WITHIN_MS);
  }

  #changed() {
    const { resolve, frame, tries } = this.#change;
    const isRepeated = tries > 1 || this.journal.moderation.has(frame.id);
    if (frame.type === "delete" && isRepeated) this.#strays += 1;
    this.#forgetChange();
    resolve();
  }

  #forgetChange() {
    clearTimeout(this.#change.timer);
    clearTimeout(this.#change.again);
    this.#change = undefined;
  }

  /** Moves the marker to the last read position, in the background. */
  read() {
    const { seq } = this.position;
    if (this.#read || seq === undefined) return;
    this.journal.requestsRead(this.participant.user, seq);
    this.#read = { seq };
    this.#sendRead();
  }

  #sendRead() {
    const read = this.#read;
    this.socket.send({ type: "read", seq: read.seq });
    clearTimeout(read.timer);
    read.timer = setTimeout(() => this.#askForMarker(read), RECEIPT_WITHIN_MS);
  }

  async #askForMarker(read) {
    await this.participant.read(this.journal, read.seq);
    if (this.#read === read) this.#read = undefined;
  }

  #hasRead() {
    clearTimeout(this.#read.timer);
    this.journal.hasRead(this.participant.user, this.#read.seq);
    this.#read = undefined;
  }

  type() {
    this.socket.send({ type: "typing", on: this.random.holds(70) });
  }

  drop() {
    this.socket.drop();
  }

  /** Reconnects with a position of an unknown epoch. */
  dropAndForget() {
    this.position.epoch = "another";
    this.socket.drop();
  }

  close() {
    this.#stop();
    return this.socket.close();
  }

  abandon() {
    this.#stop();
    this.socket.abandon();
  }

  #stop() {
    this.outbox.stop();
    clearTimeout(this.#read?.timer);
    if (this.#change) this.#forgetChange();
  }
}
