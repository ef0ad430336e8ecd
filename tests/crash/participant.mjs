// A user and their clients: one client per conversation, or one Pusher client for all of them.

import { EchoDashboard, NativeDashboard } from "./dashboards.mjs";
import { HttpClient } from "./http-client.mjs";
import { NativeReader } from "./native.mjs";
import { PusherClient } from "./pusher.mjs";
import { StreamReader } from "./stream.mjs";

export class Participant {
  /** Journal -> the client that reads it. */
  readers = new Map();
  dashboards = [];
  /** Their undeleted messages: {journal, id}. */
  written = [];
  /** Conversations in which they may delete other users' messages. */
  moderates = [];
  isAway = false;
  /** Whether they disconnected at a kill; the record shows them as online until their lease ends. */
  keepsLease = false;
  #keys = 0;

  /** @param {object} options `way`: their kind of client; `watches`: their dashboards */
  constructor({ world, user, way, watches, random, violations, tally, again }) {
    Object.assign(this, { world, user, way, watches, random, violations, tally });
    const permissions = watches.length > 0 ? ["view_panic_alerts"] : [];
    this.person = world.person(user, { permissions });
    this.http = new HttpClient(this.person, random.of(`${user} retries`), again);
  }

  /** Creates their clients for their conversations. */
  createClients(journals) {
    this.journals = journals;
    const { random, violations, tally } = this;
    if (this.way === "pusher-js" || this.way === "echo") {
      this.pusher = new PusherClient({ participant: this, journals, library: this.way, violations, tally });
    } else {
      for (const [number, journal] of journals.entries()) {
        const reader = { participant: this, journal, random: random.of(`${this.user} socket ${number}`) };
        // Every second client has a client id and gets no echo; every third one pipelines.
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

  /** Their position in a conversation. */
  positionIn(journal) {
    return (this.readers.get(journal) ?? this.pusher.of(journal)).position;
  }

  /** Whether they have fetched all events that they know they missed. */
  isSettledIn(journal) {
    return this.readers.has(journal) || this.pusher.of(journal).isSettled;
  }

  newKey() {
    this.#keys += 1;
    return `${this.user}-${this.#keys}`;
  }

  /** Sends a message; resolves when it is acknowledged. */
  async send(journal, body) {
    const key = this.newKey();
    const reader = this.readers.get(journal);
    const bySocket = reader?.kind === "native" && this.random.holds(75);
    const sent = bySocket ? await reader.send(key, body) : await this.#sendByHttp(journal, key, body);
    this.written.push({ journal, id: sent.id });
    return sent;
  }

  async #sendByHttp(journal, key, body) {
    const target = journal.room ? `rooms/${journal.room}` : `conversations/${journal.id}`;
    // X-Socket-ID, as Echo sends it, suppresses the echo on that socket.
    const headers = () => (this.pusher?.socketId ? { "x-socket-id": this.pusher.socketId } : {});
    const request = { body, client_msg_id: key };
    const answer = await this.http.request("POST", `/api/chat/${target}/messages`, request, headers);
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

  /** Edits an own message. */
  async edit({ journal, id }, body) {
    const { status } = await this.#change(journal, id, { type: "edit", id, body }, "PUT", { body });
    if (status === 200) journal.edited(id, body);
    // The moderator's response reports the deletion.
    else if (status !== 404 || !journal.moderation.has(id)) throw new Error(`an edit was answered with ${status}`);
  }

  /** Deletes an own message. A repeated deletion gets not-found. */
  async delete(message) {
    const { journal, id } = message;
    this.written.splice(this.written.indexOf(message), 1);
    const { status, tries } = await this.#change(journal, id, { type: "delete", id }, "DELETE");
    const isGone = status === 404 && (tries > 1 || journal.moderation.has(id));
    if (status !== 200 && !isGone) throw new Error(`a deletion was answered with ${status}`);
    journal.deleted(id);
  }

  /** Deletes another user's message, as a moderator. */
  async moderate(journal, id) {
    journal.moderation.add(id);
    const { status } = await this.http.request("DELETE", this.#addressOf(journal, id));
    if (status !== 200 && status !== 404) throw new Error(`a moderator was answered with ${status}`);
    if (status === 200) journal.audited.add(id);
    journal.deleted(id);
  }

  /** Sends a change over the socket if its events confirm it, otherwise over HTTP. */
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

  /** A client without echoes gets no confirming event, so it uses HTTP. */
  #changesBySocket(journal) {
    const reader = this.readers.get(journal);
    return reader?.kind === "native" && reader.tab === undefined && this.random.holds(70);
  }

  #addressOf(journal, id) {
    return `/api/chat/messages/${id}?conversation_id=${journal.id}`;
  }

  /** Members of a room over HTTP. */
  async membersOf(journal) {
    const { data } = await this.http.ok("GET", `/api/chat/rooms/${journal.room}/members?limit=100`);
    return data.map(({ user_id }) => user_id);
  }

  /** Moves the marker over HTTP. */
  async read(journal, seq) {
    journal.requestsRead(this.user, seq);
    const path = `/api/chat/conversations/${journal.id}/read`;
    const { status, body } = await this.http.request("POST", path, { seq });
    if (status !== 200) throw new Error(`a marker was answered with ${status}`);
    if (body.last_read_seq < seq) this.violations.add("wrong", `${journal.name}: the marker of ${this.user} went back`);
    journal.hasRead(this.user, seq);
  }
}
