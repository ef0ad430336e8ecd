// A receiver of alert webhooks: verifies each request with the published library, and can refuse, or not answer.
import { once } from "node:events";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";
import { compareFrame } from "./documents/frames.mjs";
import { eventually } from "./eventually.mjs";

export class HookReceiver {
  /** Every request in order: {id, status, type, alert, entry, signatures, verifiedBy}. */
  requests = [];
  /** Secrets to verify with. */
  secrets = [];
  /** Status of its responses; 0 leaves requests unanswered. */
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
    compareFrame("alertWebhook", JSON.parse(body));
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
    response.end("the body of a response is not read");
  }

  /** Requests about this alert. */
  about(alert) {
    return this.requests.filter(({ alert: { id } }) => id === alert);
  }

  /** Types of the accepted requests about an alert, in order. */
  accepted(alert) {
    const accepted = this.about(alert).filter(({ status }) => status === 200);
    return accepted.map(({ type }) => type);
  }

  /** Resolves with the first accepted request of this type about an alert. */
  receives(type, alert, withinMs) {
    const fits = (request) => request.status === 200 && request.type === type;
    return eventually(() => this.about(alert).find(fits), `${type} at a webhook`, withinMs);
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
