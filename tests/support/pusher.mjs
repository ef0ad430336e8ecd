// Real clients of the Pusher protocol against a world: pusher-js, Echo, the server library, and bare sockets.
import { createHmac } from "node:crypto";
import Echo from "laravel-echo";
import PusherServer from "pusher";
import Pusher from "pusher-js";
import { Frames } from "./frames.mjs";
import { VERSION, Wire } from "./wire.mjs";

export { Echo, Pusher };

const CLOSED = 3;
const DEMO = { appId: "1", key: "demo-key", secret: "demo-secret" };

// The library's socket for Node, asked to close after it has closed, keeps the process waiting for half a minute.
const createWebSocket = Pusher.Runtime.createWebSocket;
Pusher.Runtime.createWebSocket = function (url) {
  const socket = createWebSocket.call(this, url);
  const close = socket.close;
  socket.close = (...reason) => socket.readyState !== CLOSED && close.apply(socket, reason);
  return socket;
};

/** The server library, as an application's backend has it. */
export function backend(world, app = DEMO) {
  const { hostname, port } = new URL(world.url);
  const encryptionMasterKeyBase64 = createHmac("sha256", app.secret)
    .update("campana:encryption-master-key:1")
    .digest("base64");
  return new PusherServer({ ...app, host: hostname, port, useTLS: false, encryptionMasterKeyBase64 });
}

/** A bare socket that waits for nothing. */
export function dial(world, { key = DEMO.key, query = VERSION, headers } = {}) {
  const wire = new Wire(`${world.engine.socketUrl}/app/${key}?${query}`, [], { headers });
  world.chats.push(wire);
  return wire;
}

/** A bare socket after its handshake. */
export function wire(world, options) {
  return dial(world, options).established();
}

/** Where pusher-js finds a world. */
export function place(world) {
  const { hostname, port } = new URL(world.url);
  const wsPort = Number(port);
  return { cluster: "mt1", wsHost: hostname, wsPort, wssPort: wsPort, forceTLS: false, enabledTransports: ["ws"] };
}

/** How a person, or a backend that signs by itself, vouches for subscriptions and for who signs in. */
function vouching(world, { person, sign, signUser }) {
  if (sign) {
    const by = (make) => (asked, callback) => callback(null, make(asked));
    return { channelAuthorization: { customHandler: by(sign) }, userAuthentication: { customHandler: by(signUser) } };
  }
  const headers = { authorization: `Bearer ${person?.token}` };
  const at = (path) => ({ transport: "ajax", endpoint: `${world.url}/broadcasting/${path}`, headers });
  return { channelAuthorization: at("auth"), userAuthentication: at("user-auth") };
}

/**
 * pusher-js, connected.
 * @param {{person?: object, sign?: Function, signUser?: Function, key?: string}} [options] a person whom the world's
 *   own endpoints sign for, or functions that sign; more options go to pusher-js
 */
export async function connect(world, options = {}) {
  const client = open(world, options);
  await client.state("connected");
  return client;
}

/** pusher-js, which connects by itself. */
export function open(world, { person, sign, signUser, key = DEMO.key, ...options } = {}) {
  const pusher = new Pusher(key, { ...place(world), ...vouching(world, { person, sign, signUser }), ...options });
  return watch(world, pusher);
}

/** Keeps what a client that exists already hears. */
export function watch(world, pusher) {
  const client = new Client(pusher);
  world.chats.push(client);
  return client;
}

/** What a pusher-js client hears: on its channels, as its user, of its watchlist, of its connection. */
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

  /** Resolves when the connection next gets into a state; at once if it is connected and that is asked for. */
  async state(name) {
    if (this.pusher.connection.state === name) return;
    await this.next(({ state }) => state === name, `state ${name}`);
  }

  /** The code of the next error. */
  async fault(withinMs) {
    return (await this.pick(({ fault }) => fault, "error", withinMs)).code;
  }

  /** Begins to listen to a channel, and keeps what comes. */
  listen(name) {
    const channel = this.pusher.subscribe(name);
    if (!this.#channels.has(channel)) {
      this.#channels.add(channel);
      channel.bind_global((event, data) => this.take({ channel: name, event, data }));
    }
    return channel;
  }

  /** Listens to a channel; resolves once it is let in. */
  async subscribe(name) {
    const channel = this.listen(name);
    const { event, data } = await this.#answer(name);
    if (event === "pusher:subscription_error") throw new Error(`${name}: ${JSON.stringify(data)}`);
    return channel;
  }

  /** Listens to a channel, in vain: what it is told. */
  async refused(name) {
    this.listen(name);
    const { event, data } = await this.#answer(name);
    if (event !== "pusher:subscription_error") throw new Error(`${name} was let in`);
    return data;
  }

  #answer(name) {
    const names = ["pusher:subscription_succeeded", "pusher:subscription_error"];
    return this.pick(({ channel, event }) => channel === name && names.includes(event), `answer about ${name}`);
  }

  /** The next event of a channel with this name; what it carries. */
  async heard(name, event, withinMs) {
    const fits = (frame) => frame.channel === name && frame.event === event;
    return (await this.pick(fits, `${event} on ${name}`, withinMs)).data;
  }

  /** Whoever is a member of a presence channel in this client's eyes. */
  members(name) {
    return Object.keys(this.pusher.channel(name).members.members).sort();
  }

  /** The connection breaks: nothing is said, the client is not asked. Resolves when it is back by itself. */
  drop() {
    const back = this.returned();
    this.pusher.connection.connection.transport.socket._stream.destroy();
    return back;
  }

  /** Resolves when the client, connected or not, has connected anew. */
  returned() {
    const at = this.frames.length;
    return this.waitFor(() => this.frames.slice(at).some(({ state }) => state === "connected") || undefined, "return");
  }

  close() {
    this.pusher.disconnect();
  }

  terminate() {
    this.close();
  }
}
