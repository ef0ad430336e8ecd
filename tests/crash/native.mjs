// A native client of one conversation: resumes by epoch and seq, sends again what was not acknowledged, and checks the order
// of the events that it gets.
import { NativeSocket } from "./native-socket.mjs";
import { Outbox } from "./outbox.mjs";
import { Position } from "./position.mjs";

/** Frames that a pipelining client has under way. */
const PIPELINED = 100;
/** A change that no event has confirmed for so long goes out again on a new connection. */
const CHANGE_WITHIN_MS = 20_000;
/** A marker that does not move is told to nobody: then HTTP says where it stands. */
const RECEIPT_WITHIN_MS = 3_000;
const AGAIN_MS = 150;

export class NativeReader {
  /** Who is here, as this client sees it. */
  online = new Set();
  #change;
  #read;
  #reloading;
  /** Deletions that were done by somebody or by an earlier try: that there is nothing any more is told as well. */
  #strays = 0;

  /** @param {object} options `tab`: a name by which it gets no echo of what it sends, if it has one */
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

  /** Nothing of its own waits for an answer. */
  get isSettled() {
    return this.isLive && this.outbox.isEmpty && !this.#change && !this.#read;
  }

  open() {
    this.socket.open();
  }

  /** Both ways to resume are tried: in the address, and by a frame after the welcome. */
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
    this.#tellChange();
    if (this.#read) {
      if (you.last_read_seq >= this.#read.seq) this.#hasRead();
      else this.#tellRead();
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
      this.#change.again = setTimeout(() => this.#tellChange(), problem.retry_after_ms ?? AGAIN_MS);
    } else if (problem.status === 404 && frame.type === "delete" && tries > 1) {
      // An earlier try deleted it.
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

  /** What is known is too old: a page says where to go on from. */
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
    // After the position, so that what happens meanwhile is replayed.
    const members = journal.isPublic ? await participant.membersOf(journal) : [];
    position.startFrom(page.epoch, page.head);
    position.members = new Set(members);
    for (const { id, body } of page.data) position.heard.set(id, body);
    socket.drop();
  }

  /** Resolves when the message is durable. */
  async send(key, body) {
    const { journal, participant } = this;
    const ack = await this.outbox.add({ type: "send", client_msg_id: key, body });
    journal.sent(participant.user, key, body, ack);
    return ack;
  }

  /** Edits or deletes a message of one's own; resolves when the event says that it is done. */
  change(frame) {
    const wanted = frame.type === "edit" ? "message.updated" : "message.deleted";
    const isDone = ({ event, id, partial }) =>
      event === wanted && id === frame.id && (frame.type !== "edit" || partial.body === frame.body);
    return new Promise((resolve, reject) => {
      this.#change = { frame, isDone, resolve, reject, tries: 0 };
      this.#tellChange();
    });
  }

  #tellChange() {
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

  /** Moves the marker up to what was read, in the background. */
  read() {
    const { seq } = this.position;
    if (this.#read || seq === undefined) return;
    this.journal.asksToRead(this.participant.user, seq);
    this.#read = { seq };
    this.#tellRead();
  }

  #tellRead() {
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

  /** Comes back as from an old backup: with a position that means nothing to the server. */
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
