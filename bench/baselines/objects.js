// The bare Durable Objects that Campana is measured against: the broadcast alone. A client sends `<id> <body>`; it gets
// `ack <id>`, and the other clients get the text. A body posted to `.../publish` goes to all clients.
import { DurableObject } from "cloudflare:workers";

/** The ping of Pusher client libraries and its answer, which the platform sends without waking the object. */
const PING = '{"event":"pusher:ping","data":{}}';
const PONG = '{"event":"pusher:pong","data":{}}';

export class Bare extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  }

  async fetch(request) {
    if (request.method === "POST") {
      this.publish(await request.text());
      return new Response("{}");
    }
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  publish(frame) {
    for (const socket of this.ctx.getWebSockets()) socket.send(frame);
  }

  webSocketMessage(sender, message) {
    sender.send(`ack ${message.slice(0, message.indexOf(" "))}`);
    for (const socket of this.ctx.getWebSockets()) {
      if (socket !== sender) socket.send(message);
    }
  }

  webSocketClose(socket, code) {
    // The codes 1005 and 1006 cannot be sent.
    socket.close(code === 1005 || code === 1006 ? 1000 : code);
  }
}

/** The same, storing each message first. The platform's output gate holds sends until the row is on disk. */
export class Storing extends Bare {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS messages (seq INTEGER PRIMARY KEY, message TEXT NOT NULL) STRICT");
  }

  webSocketMessage(sender, message) {
    this.ctx.storage.sql.exec("INSERT INTO messages (message) VALUES (?)", message);
    super.webSocketMessage(sender, message);
  }
}

/** `/bare/{name}` and `/storing/{name}`open a socket of that object; `POST .../publish` publishes there. */
export default {
  fetch(request, env) {
    const [, kind, name] = new URL(request.url).pathname.split("/");
    const namespace = { bare: env.BARE, storing: env.STORING }[kind];
    if (!namespace) return new Response("ok");
    return namespace.getByName(name).fetch(request);
  },
};
