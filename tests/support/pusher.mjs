// Clients of the Pusher protocol in a test: pusher-js, Echo, the server library, and bare sockets.
import { createHmac } from "node:crypto";
import Echo from "laravel-echo";
import PusherServer from "pusher";
import Pusher from "pusher-js";
import { compareMessage } from "./documents/frames.mjs";
import { Frames } from "./frames.mjs";
import { VERSION, Wire } from "./wire.mjs";

export { Echo, Pusher };

const CLOSED = 3;
const DEMO = { appId: "1", key: "demo-key", secret: "demo-secret" };

// A second close of the library's Node socket keeps the process alive for 30 s.
const createWebSocket = Pusher.Runtime.createWebSocket;
Pusher.Runtime.createWebSocket = function (url) {
  const socket = createWebSocket.call(this, url);
  const close = socket.close;
  socket.close = (...reason) => socket.readyState !== CLOSED && close.apply(socket, reason);
  socket.addEventListener("message", ({ data }) => compareMessage("pusher", String(data)));
  return socket;
};

/** The server library, configured as an application's backend. */
export function backend(world, app = DEMO) {
  const { hostname, port } = new URL(world.url);
  const encryptionMasterKeyBase64 = createHmac("sha256", app.secret)
    .update("campana:encryption-master-key:1")
    .digest("base64");
  return new PusherServer({ ...app, host: hostname, port, useTLS: false, encryptionMasterKeyBase64 });
}

/** A bare socket, not yet connected. */
export function dial(world, { key = DEMO.key, query = VERSION, headers } = {}) {
  const wire = new Wire(`${world.engine.socketUrl}/app/${key}?${query}`, [], { headers });
  world.chats.push(wire);
  return wire;
}

/** A bare socket after its handshake. */
export function wire(world, options) {
  return dial(world, options).established();
}

/** Connection options of pusher-js for a test's edge. */
export function hostOptions(world) {
  const { hostname, port } = new URL(world.url);
  const wsPort = Number(port);
  return { cluster: "mt1", wsHost: hostname, wsPort, wssPort: wsPort, forceTLS: false, enabledTransports: ["ws"] };
}

/** Authorizer options of pusher-js: the edge's endpoints with a user's token, or a backend's own signing functions. */
function authorizerOptions(world, { person, sign, signUser }) {
  if (sign) {
    const by = (make) => (request, callback) => callback(null, make(request));
    return { channelAuthorization: { customHandler: by(sign) }, userAuthentication: { customHandler: by(signUser) } };
  }
  const headers = { authorization: `Bearer ${person?.token}` };
  const at = (path) => ({ transport: "ajax", endpoint: `${world.url}/broadcasting/${path}`, headers });
  return { channelAuthorization: at("auth"), userAuthentication: at("user-auth") };
}

/**
 * pusher-js, connected.
 * @param {{person?: object, sign?: Function, signUser?: Function, key?: string}} [options] a user for whom the
 *   edge's endpoints sign, or signing functions; other options go to pusher-js
 */
export async function connect(world, options = {}) {
  const client = open(world, options);
  await client.state("connected");
  return client;
}

/** pusher-js, which connects by itself. */
export function open(world, { person, sign, signUser, key = DEMO.key, ...options } = {}) {
  const pusher = new Pusher(key, {
    ...hostOptions(world),
    ...authorizerOptions(world, { person, sign, signUser }),
    ...options,
  });
  return watch(world, pusher);
}

/** Records the events of an existing pusher-js client. */
export function watch(world, pusher) {
  const client = new Client(pusher);
  world.chats.push(client);
  return client;
}

/** Events of a pusher-js client: of its channels, its user, its watchlist and its connection. */
export class Client extends Frames {
  #channels = new Set();

  constructor(pusher) {
    super();
    this.pusher = pusher;
    pusher.connection.bind("state_change", ({ current }) => this.take({ state: current }));
    pusher.connection.bind("error", ({ type, data, error }) => this.take({ fault: type, ...(data ?? error?.data) }));
    pusher.user.bind_global((event, data) => this.take({ user: true, event, data }));
    pusher.user.watchlist.bind_global((event, data) => this.take({ watchlist: true, event, data }));
  }

  /** Resolves when the connection is in a state or enters it. */
  async state(name) {
    if (this.pusher.connection.state === name) return;
    await this.next(({ state }) => state === name, `state ${name}`);
  }

  /** The code of the next error. */
  async fault(withinMs) {
    return (await this.pick(({ fault }) => fault, "error", withinMs)).code;
  }

  /** Subscribes to a channel and records its events. */
  listen(name) {
    const channel = this.pusher.subscribe(name);
    if (!this.#channels.has(channel)) {
      this.#channels.add(channel);
      channel.bind_global((event, data) => this.take({ channel: name, event, data }));
    }
    return channel;
  }

  /** Subscribes to a channel; resolves when the subscription succeeded. */
  async subscribe(name) {
    const channel = this.listen(name);
    const { event, data } = await this.#answer(name);
    if (event === "pusher:subscription_error") throw new Error(`${name}: ${JSON.stringify(data)}`);
    return channel;
  }

  /** Subscribes to a channel and expects a refusal; returns its data. */
  async refused(name) {
    this.listen(name);
    const { event, data } = await this.#answer(name);
    if (event !== "pusher:subscription_error") throw new Error(`the subscription to ${name} succeeded`);
    return data;
  }

  #answer(name) {
    const names = ["pusher:subscription_succeeded", "pusher:subscription_error"];
    return this.pick(({ channel, event }) => channel === name && names.includes(event), `answer about ${name}`);
  }

  /** The next event with this name on a channel; returns its data. */
  async received(name, event, withinMs) {
    const fits = (frame) => frame.channel === name && frame.event === event;
    return (await this.pick(fits, `${event} on ${name}`, withinMs)).data;
  }

  /** Members of a presence channel as this client knows them. */
  members(name) {
    return Object.keys(this.pusher.channel(name).members.members).sort();
  }

  /** Breaks the TCP connection. Resolves when the client has reconnected. */
  drop() {
    const reconnected = this.reconnected();
    this.pusher.connection.connection.transport.socket._stream.destroy();
    return reconnected;
  }

  /** Resolves at the next `connected` state. */
  reconnected() {
    const at = this.frames.length;
    return this.waitFor(
      () => this.frames.slice(at).some(({ state }) => state === "connected") || undefined,
      "reconnect",
    );
  }

  close() {
    this.pusher.disconnect();
  }

  terminate() {
    this.close();
  }
}
