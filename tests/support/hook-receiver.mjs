// An outside service that is told of alerts: it verifies each request with the published library, and can refuse, be gone,
// or not answer.
import { once } from "node:events";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";
import { eventually } from "./eventually.mjs";

export class HookReceiver {
  /** Every request in order: {id, status, type, alert, entry, signatures, verifiedBy}. */
  requests = [];
  /** Secrets it knows. */
  secrets = [];
  /** What it answers; 0 leaves a request without an answer. */
  status = 200;

  static async start() {
    const receiver = new HookReceiver();
    receiver.server = createServer((request, response) => receiver.#take(request, response));
    receiver.server.listen(0, "127.0.0.1");
    await once(receiver.server, "listening");
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}/hooks?key=1`;
    return receiver;
  }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const { status } = this;
    const verifiedBy = this.secrets.filter((secret) => {
      try {
        new Webhook(secret).verify(body, request.headers);
        return true;
      } catch {
        return false;
      }
    });
    const { type, timestamp, data } = JSON.parse(body);
    this.requests.push({
      id: request.headers["webhook-id"],
      signatures: request.headers["webhook-signature"].split(" "),
      url: request.url,
      at: Date.now(),
      status,
      type,
      timestamp,
      verifiedBy,
      ...data,
    });
    if (status === 0) return;
    response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {});
    response.end("what is answered is not read");
  }

  /** Requests about this alert. */
  about(alert) {
    return this.requests.filter(({ alert: { id } }) => id === alert);
  }

  /** Types that were taken of an alert, in order. */
  taken(alert) {
    const good = this.about(alert).filter(({ status }) => status === 200);
    return good.map(({ type }) => type);
  }

  /** Resolves with the first of this type that it takes about an alert. */
  hears(type, alert, withinMs) {
    const fits = (request) => request.status === 200 && request.type === type;
    return eventually(() => this.about(alert).find(fits), `${type} at a webhook`, withinMs);
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
