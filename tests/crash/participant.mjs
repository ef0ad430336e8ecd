// Somebody with their clients: one for each conversation, or one for all of them.
import { Caller } from "./caller.mjs";
import { EchoDashboard, NativeDashboard } from "./dashboards.mjs";
import { NativeReader } from "./native.mjs";
import { PusherClient } from "./pusher.mjs";
import { StreamReader } from "./stream.mjs";

export class Participant {
  /** Journal -> the client that reads it. */
  readers = new Map();
  dashboards = [];
  /** Messages of theirs that stand: {journal, id}. */
  written = [];
  isAway = false;
  #keys = 0;

  /** @param {object} options `way`: how they talk; `watches`: which dashboards they have */
  constructor({ world, user, way, watches, chance, faults, again }) {
    Object.assign(this, { world, user, way, watches, chance, faults });
    const permissions = watches.length > 0 ? ["view_panic_alerts"] : [];
    this.person = world.person(user, { permissions });
    this.caller = new Caller(this.person, chance.of(`${user} retries`), again);
  }

  /** Gets their clients for the conversations that they are in. */
  equip(journals) {
    this.journals = journals;
    const { chance, faults } = this;
    if (this.way === "pusher-js" || this.way === "echo") {
      this.pusher = new PusherClient({ participant: this, journals, library: this.way, faults });
    } else {
      for (const [number, journal] of journals.entries()) {
        const reader = { participant: this, journal, chance: chance.of(`${this.user} link ${number}`) };
        // Every other one is a tab that gets no echo; every third one does not wait for one answer before the next.
        const tab = number % 2 === 1 ? `tab-${this.user}-${number}` : undefined;
        const isNative = this.way === "native";
        this.readers.set(
          journal,
          isNative ? new NativeReader({ ...reader, tab, pipelines: number % 3 === 0 }) : new StreamReader(reader),
        );
      }
    }
    for (const kind of this.watches) {
      const own = chance.of(`${this.user} dashboard`);
      this.dashboards.push(
        kind === "native" ? new NativeDashboard(this, own, faults) : new EchoDashboard(this, faults),
      );
    }
  }

  /** All of their clients. */
  get clients() {
    return [...this.readers.values(), ...(this.pusher ? [this.pusher] : []), ...this.dashboards];
  }

  open() {
    for (const client of this.clients) client.open();
  }

  close() {
    return Promise.all(this.clients.map((client) => client.close()));
  }

  abandon() {
    for (const client of this.clients) client.abandon();
  }

  /** Where they stand in a conversation. */
  positionIn(journal) {
    return (this.readers.get(journal) ?? this.pusher.of(journal)).position;
  }

  newKey() {
    this.#keys += 1;
    return `${this.user}-${this.#keys}`;
  }

  /** Writes a message; resolves when it is acknowledged. */
  async send(journal, body) {
    const key = this.newKey();
    const reader = this.readers.get(journal);
    const bySocket = reader?.kind === "native" && this.chance.holds(75);
    const sent = bySocket ? await reader.send(key, body) : await this.#sendByHttp(journal, key, body);
    this.written.push({ journal, id: sent.id });
    return sent;
  }

  async #sendByHttp(journal, key, body) {
    journal.attempts(this.user, key);
    const place = journal.room ? `rooms/${journal.room}` : `conversations/${journal.id}`;
    // As Echo does: the socket that sends it gets no echo.
    const headers = () => (this.pusher?.socketId ? { "x-socket-id": this.pusher.socketId } : {});
    const asked = { body, client_msg_id: key };
    const answer = await this.caller.insist("POST", `/api/chat/${place}/messages`, asked, headers);
    const { status, body: message, tries, sent } = answer;
    if (status !== 200 && status !== 201) throw new Error(`a message was answered with ${status}`);
    if (status === 200 && tries === 1) this.faults.add("wrong", `${journal.name}: a new message was known already`);
    if (status === 200) journal.tally.counts.repeats += 1;
    if (message.body !== body) this.faults.add("wrong", `${journal.name} ${message.seq}: the answer has another text`);
    journal.sent(this.user, key, body, message);
    const isThisConnection = sent["x-socket-id"] !== undefined && sent["x-socket-id"] === this.pusher.socketId;
    this.pusher?.of(journal).own(message.seq, message.id, isThisConnection);
    return { ...message, refusals: 0 };
  }

  /** Changes the text of a message of theirs. */
  async edit({ journal, id }, body) {
    if (this.#changesBySocket(journal)) await this.readers.get(journal).change({ type: "edit", id, body });
    else {
      const { status } = await this.caller.insist("PUT", this.#addressOf(journal, id), { body });
      if (status !== 200) throw new Error(`an edit was answered with ${status}`);
    }
    journal.edited(id, body);
  }

  async delete(message) {
    const { journal, id } = message;
    this.written.splice(this.written.indexOf(message), 1);
    if (this.#changesBySocket(journal)) await this.readers.get(journal).change({ type: "delete", id });
    else {
      const { status, tries } = await this.caller.insist("DELETE", this.#addressOf(journal, id));
      // Whoever repeats a deletion is told that there is nothing any more.
      if (status !== 200 && !(status === 404 && tries > 1)) throw new Error(`a deletion was answered with ${status}`);
    }
    journal.deleted(id);
  }

  /** A tab without echoes does not hear that its change is done: it asks by HTTP. */
  #changesBySocket(journal) {
    const reader = this.readers.get(journal);
    return reader?.kind === "native" && reader.tab === undefined && this.chance.holds(70);
  }

  #addressOf(journal, id) {
    return `/api/chat/messages/${id}?conversation_id=${journal.id}`;
  }

  /** Moves the marker by HTTP. */
  async read(journal, seq) {
    journal.asksToRead(this.user, seq);
    const path = `/api/chat/conversations/${journal.id}/read`;
    const { status, body } = await this.caller.insist("POST", path, { seq });
    if (status !== 200) throw new Error(`a marker was answered with ${status}`);
    if (body.last_read_seq < seq) this.faults.add("wrong", `${journal.name}: the marker of ${this.user} went back`);
    journal.hasRead(this.user, seq);
  }
}
