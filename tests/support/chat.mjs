// A native socket that records every received frame, splits batches, and lets a test await a frame.
import { SocketFrames } from "./frames.mjs";

export class Chat extends SocketFrames {
  #sent = 0;

  read(text) {
    const parsed = text === "pong" ? { pong: true } : JSON.parse(text);
    const frames = Array.isArray(parsed) ? parsed : [parsed];
    if (frames.some(({ type }) => type === "ping")) this.send({ type: "pong" });
    return frames;
  }

  /** The next error. */
  error(kind) {
    return this.next((frame) => frame.type === "error" && (!kind || frame.error === kind), `error ${kind ?? ""}`);
  }

  /** Durable events so far, in order of receipt. */
  get events() {
    return this.frames.filter((frame) => frame.seq !== undefined && frame.event !== undefined);
  }

  /** Sends a message and returns its acknowledgement. */
  async say(body, client_msg_id = `say-${++this.#sent}-${Math.random().toString(36).slice(2)}`) {
    this.send({ type: "send", client_msg_id, body });
    return this.ackOf(client_msg_id);
  }

  ackOf(client_msg_id) {
    return this.waitFor(
      () => this.frames.find((frame) => frame.type === "ack" && frame.client_msg_id === client_msg_id),
      `acknowledgement of ${client_msg_id}`,
    );
  }
}
