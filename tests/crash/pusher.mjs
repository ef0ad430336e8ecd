// A Pusher client, pusher-js or Laravel Echo, with one channel per conversation. The libraries reconnect by themselves.
import { Echo, hostOptions, Pusher } from "../support/pusher.mjs";
import { ChannelSubscription } from "./subscription.mjs";

// Echo reads the global `window`.
globalThis.window = globalThis;

const AGAIN_MS = 200;
/** Time-out of a connection attempt. */
const UNAVAILABLE_MS = 2_500;

/** A connection by either library; events of its channels go to their listeners. */
export class Connection {
  #channels = new Map();
  #timers = new Set();

  constructor({ person, library, violations, tally, onLost }) {
    Object.assign(this, { person, library, violations, tally, onLost });
  }

  open() {
    if (this.pusher) return;
    const { world, token } = this.person;
    const authEndpoint = `${world.url}/broadcasting/auth`;
    const where = { ...hostOptions(world), unavailableTimeout: UNAVAILABLE_MS };
    if (this.library === "echo") {
      const options = { broadcaster: "reverb", Pusher, key: "demo-key", ...where, authEndpoint };
      // Echo instances without own headers in one process share the token of the last one.
      this.echo = new Echo({ ...options, auth: { headers: { Authorization: `Bearer ${token}` } } });
      this.pusher = this.echo.connector.pusher;
    } else {
      const headers = { authorization: `Bearer ${token}` };
      const channelAuthorization = { transport: "ajax", endpoint: authEndpoint, headers };
      this.pusher = new Pusher("demo-key", { ...where, channelAuthorization });
    }
    this.pusher.connection.bind("error", ({ data, error }) => this.tally.closed((data ?? error?.data)?.code));
    this.pusher.connection.bind("state_change", ({ current, previous }) => {
      if (previous === "connected") this.onLost();
      // After a failed attempt the library waits for the rest of 15 s, unless it is restarted.
      if (current === "unavailable") setTimeout(() => this.#beginAnew());
    });
    for (const [name, onEvent] of this.#channels) this.#subscribe(name, onEvent);
  }

  /** Listens on a channel, on every connection. */
  listen(name, onEvent) {
    this.#channels.set(name, onEvent);
    if (this.pusher) this.#subscribe(name, onEvent);
  }

  #subscribe(name, onEvent) {
    let channel;
    if (this.echo) {
      const [kind, ...rest] = name.split("-");
      const joined = kind === "presence" ? this.echo.join(rest.join("-")) : this.echo.private(rest.join("-"));
      // Echo prefixes events outside of Laravel's namespace with a dot.
      joined.listenToAll((event, data) => onEvent(event.replace(/^\./, ""), data));
      channel = joined.subscription;
    } else {
      channel = this.pusher.subscribe(name);
      channel.bind_global((event, data) => event.startsWith("pusher:") || onEvent(event, data));
    }
    channel.bind("pusher:subscription_error", ({ status }) => this.#refused(name, status));
  }

  /** Repeats a subscription that failed temporarily, on the same connection. */
  #refused(name, status) {
    if (status > 0 && status < 500 && status !== 429) {
      this.violations.add("wrong", `${name}: a subscription was refused: ${status}`);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.pusher?.connection.state === "connected") this.pusher.subscribe(name);
    }, AGAIN_MS);
    this.#timers.add(timer);
  }

  #beginAnew() {
    if (this.pusher?.connection.state !== "unavailable") return;
    this.pusher.disconnect();
    this.pusher.connect();
  }

  get isConnected() {
    return this.pusher?.connection.state === "connected";
  }

  get socketId() {
    return this.pusher?.connection.socket_id;
  }

  members(name) {
    return Object.keys(this.pusher?.channel(name)?.members.members ?? {});
  }

  /** Breaks the TCP connection, without the library. */
  drop() {
    this.pusher?.connection.connection?.transport.socket?._stream?.destroy();
  }

  close() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.pusher?.disconnect();
    this.pusher = undefined;
    this.echo = undefined;
    this.onLost();
  }
}

export class PusherClient {
  liveAt = 0;
  subscriptions = [];

  constructor({ participant, journals, library, violations, tally }) {
    Object.assign(this, { participant, library });
    this.connection = new Connection({
      person: participant.person,
      library,
      violations,
      tally,
      onLost: () => {
        for (const subscription of this.subscriptions) subscription.lost();
      },
    });
    for (const journal of journals) {
      // A room's presence channel also has its messages.
      const channel = journal.room ? `presence-room.${journal.room}` : `private-conversation.${journal.id}`;
      const subscription = new ChannelSubscription({ participant, journal, channel });
      this.subscriptions.push(subscription);
      this.connection.listen(channel, (event, data) => {
        const wasLive = this.isLive;
        subscription.received(event, data);
        if (!wasLive && this.isLive) this.liveAt = performance.now();
      });
    }
  }

  get kind() {
    return this.library;
  }

  get isLive() {
    return this.connection.isConnected && this.subscriptions.every(({ isLive }) => isLive);
  }

  get isSettled() {
    return this.isLive && this.subscriptions.every(({ isSettled }) => isSettled);
  }

  get socketId() {
    return this.connection.socketId;
  }

  open() {
    this.connection.open();
  }

  of(journal) {
    return this.subscriptions.find((subscription) => subscription.journal === journal);
  }

  drop() {
    this.connection.drop();
  }

  close() {
    this.connection.close();
  }

  abandon() {
    this.connection.close();
  }
}
