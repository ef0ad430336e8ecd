// A receiver of an app's webhooks: records requests, verifies signatures with the server library, and can refuse, redirect, or
// not answer.
import { once } from "node:events";
import { createServer } from "node:http";
import Pusher from "pusher";
import { compareFrame } from "./documents/frames.mjs";
import { eventually } from "./eventually.mjs";

export class Receiver {
  /** Every request, in order: {id, status, events, isValid, headers}. */
  requests = [];
  /** Status of its responses; 0 leaves requests unanswered. */
  status = 200;
  /** Whether it refuses requests that are not signed with its secret. */
  isStrict = false;

  /** Starts one for an app with this key and secret. */
  static async start({ key = "demo-key", secret = "demo-secret" } = {}) {
    const receiver = new Receiver();
    receiver.pusher = new Pusher({ appId: "1", key, secret, host: "127.0.0.1" });
    receiver.server = createServer((request, response) => receiver.#take(request, response));
    receiver.server.listen(0, "127.0.0.1");
    await once(receiver.server, "listening");
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}/hooks`;
    return receiver;
  }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const rawBody = Buffer.concat(chunks).toString();
    compareFrame("channelWebhook", JSON.parse(rawBody));
    const webhook = this.pusher.webhook({ headers: request.headers, rawBody });
    const isValid = request.url === "/hooks" && webhook.isValid();
    const status = this.isStrict && !isValid ? 401 : this.status;
    const id = request.headers["x-campana-delivery"];
    this.requests.push({
      id,
      status,
      isValid,
      headers: request.headers,
      url: request.url,
      rawBody,
      events: webhook.getEvents(),
      at: webhook.getTime(),
    });
    if (status === 0) return;
    response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {});
    response.end("the body of a response is not read");
  }

  /** Events of accepted requests, each delivery once. */
  get events() {
    const seen = new Set();
    const isNew = ({ id, status }) => status === 200 && !seen.has(id) && seen.add(id);
    return this.requests.filter(isNew).flatMap(({ events }) => events);
  }

  /** Events of one channel, without its name. */
  of(channel) {
    return this.events.filter((event) => event.channel === channel).map(({ channel: _, ...event }) => event);
  }

  /** Resolves when `holds` is true for the accepted events. */
  until(holds, what) {
    return eventually(() => holds(this.events), what);
  }

  /** Resolves when at least `count` requests were refused. */
  refused(count) {
    const failed = () => this.requests.filter(({ status }) => status !== 200).length;
    return eventually(() => failed() >= count, `${count} refused requests`);
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
