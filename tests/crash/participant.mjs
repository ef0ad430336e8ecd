// A person and their clients: one client for each conversation, or one Pusher client for all of them.

import { EchoDashboard, NativeDashboard } from "./dashboards.mjs";
import { HttpClient } from "./http-client.mjs";
import { NativeReader } from "./native.mjs";
import { PusherClient } from "./pusher.mjs";
import { StreamReader } from "./stream.mjs";

export class Participant {
  /** Journal -> the client that reads it. */
  readers = new Map();
  dashboards = [];
  /** Messages of theirs that stand: {journal, id}. */
  written = [];
  /** Where they may delete what others wrote. */
  moderates = [];
  isAway = false;
  /** They disconnected in the moment of a kill: the record shows them as online until their lease ends. */
  keepsLease = false;
  #keys = 0;

  /** @param {object} options `way`: how they talk; `watches`: which dashboards they have */
  constructor({ world, user, way, watches, random, violations, tally, again }) {
    Object.assign(this, { world, user, way, watches, random, violations, tally });
    const permissions = watches.length > 0 ? ["view_panic_alerts"] : [];
    this.person = world.person(user, { permissions });
    this.http = new HttpClient(this.person, random.of(`${user} retries`), again);
  }

  /** Gets their clients for the conversations that they are in. */
  createClients(journals) {
    this.journals = journals;
    const { random, violations, tally } = this;
    if (this.way === "pusher-js" || this.way === "echo") {
      this.pusher = new PusherClient({ participant: this, journals, library: this.way, violations, tally });
    } else {
      for (const [number, journal] of journals.entries()) {
        const reader = { participant: this, journal, random: random.of(`${this.user} socket ${number}`) };
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
      const options = { participant: this, random: random.of(`${this.user} dashboard`), violations, tally };
      this.dashboards.push(kind === "native" ? new NativeDashboard(options) : new EchoDashboard(options));
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

  /** Closes every connection with a close frame. */
  async leave() {
    this.isAway = true;
    await this.close();
  }

  /** Ends every connection without a close frame. */
  disconnectAbruptly() {
    this.isAway = true;
    this.keepsLease = true;
    this.abandon();
  }

  rejoin() {
    this.isAway = false;
    this.keepsLease = false;
    this.open();
  }

  /** Where they stand in a conversation. */
  positionIn(journal) {
    return (this.readers.get(journal) ?? this.pusher.of(journal)).position;
  }

  /** Whether they have fetched what they know that they missed. */
  isSettledIn(journal) {
    return this.readers.has(journal) || this.pusher.of(journal).isSettled;
  }

  newKey() {
    this.#keys += 1;
    return `${this.user}-${this.#keys}`;
  }

  /** Writes a message; resolves when it is acknowledged. */
  async send(journal, body) {
    const key = this.newKey();
    const reader = this.readers.get(journal);
    const bySocket = reader?.kind === "native" && this.random.holds(75);
    const sent = bySocket ? await reader.send(key, body) : await this.#sendByHttp(journal, key, body);
    this.written.push({ journal, id: sent.id });
    return sent;
  }

  async #sendByHttp(journal, key, body) {
    const place = journal.room ? `rooms/${journal.room}` : `conversations/${journal.id}`;
    // As Echo does: the socket that sends it gets no echo.
    const headers = () => (this.pusher?.socketId ? { "x-socket-id": this.pusher.socketId } : {});
    const asked = { body, client_msg_id: key };
    const answer = await this.http.request("POST", `/api/chat/${place}/messages`, asked, headers);
    const { status, body: message, tries, sent } = answer;
    if (status !== 200 && status !== 201) throw new Error(`a message was answered with ${status}`);
    if (status === 200 && tries === 1) this.violations.add("wrong", `${journal.name}: a new message was known already`);
    if (status === 200) journal.tally.counts.repeats += 1;
    if (message.body !== body)
      this.violations.add("wrong", `${journal.name} ${message.seq}: the answer has another text`);
    journal.sent(this.user, key, body, message);
    const isThisConnection = sent["x-socket-id"] !== undefined && sent["x-socket-id"] === this.pusher.socketId;
    this.pusher?.of(journal).own(message.seq, message.id, isThisConnection);
    return { ...message, refusals: 0 };
  }

  /** Changes the text of a message of theirs. */
  async edit({ journal, id }, body) {
    const { status } = await this.#change(journal, id, { type: "edit", id, body }, "PUT", { body });
    if (status === 200) journal.edited(id, body);
    // The moderator's own answer says that it is deleted.
    else if (status !== 404 || !journal.moderation.has(id)) throw new Error(`an edit was answered with ${status}`);
  }

  /** Deletes a message of theirs. Whoever repeats a deletion is told that there is nothing any more. */
  async delete(message) {
    const { journal, id } = message;
    this.written.splice(this.written.indexOf(message), 1);
    const { status, tries } = await this.#change(journal, id, { type: "delete", id }, "DELETE");
    const isGone = status === 404 && (tries > 1 || journal.moderation.has(id));
    if (status !== 200 && !isGone) throw new Error(`a deletion was answered with ${status}`);
    journal.deleted(id);
  }

  /** Deletes somebody else's message, as a moderator. */
  async moderate(journal, id) {
    journal.moderation.add(id);
    const { status } = await this.http.request("DELETE", this.#addressOf(journal, id));
    if (status !== 200 && status !== 404) throw new Error(`a moderator was answered with ${status}`);
    if (status === 200) journal.audited.add(id);
    journal.deleted(id);
  }

  /** By the socket, where its own events tell that it is done, or by HTTP. */
  async #change(journal, id, frame, method, body) {
    if (!this.#changesBySocket(journal)) return this.http.request(method, this.#addressOf(journal, id), body);
    try {
      await this.readers.get(journal).change(frame);
      return { status: 200, tries: 1 };
    } catch (error) {
      if (error.status === undefined) throw error;
      return { status: error.status, tries: 1 };
    }
  }

  /** A tab without echoes does not hear that its change is done: it asks by HTTP. */
  #changesBySocket(journal) {
    const reader = this.readers.get(journal);
    return reader?.kind === "native" && reader.tab === undefined && this.random.holds(70);
  }

  #addressOf(journal, id) {
    return `/api/chat/messages/${id}?conversation_id=${journal.id}`;
  }

  /** Members of a room, as HTTP has them. */
  async membersOf(journal) {
    const { data } = await this.http.ok("GET", `/api/chat/rooms/${journal.room}/members?limit=100`);
    return data.map(({ user_id }) => user_id);
  }

  /** Moves the marker by HTTP. */
  async read(journal, seq) {
    journal.asksToRead(this.user, seq);
    const path = `/api/chat/conversations/${journal.id}/read`;
    const { status, body } = await this.http.request("POST", path, { seq });
    if (status !== 200) throw new Error(`a marker was answered with ${status}`);
    if (body.last_read_seq < seq) this.violations.add("wrong", `${journal.name}: the marker of ${this.user} went back`);
    journal.hasRead(this.user, seq);
  }
}
