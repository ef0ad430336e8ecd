// A native socket that keeps every frame it got, batched ones taken apart, and lets a test await the one it expects.
import WebSocket from "ws";

const PATIENCE_MS = 20_000;
// After a close of the server's the engine lets go of the connection when it next collects its garbage. A browser
// waits two seconds for that and then hangs up by itself; here a moment will do.
const HANG_UP_MS = 50;

export class Chat {
  frames = [];
  closed = undefined;
  #seen = 0;
  #waiting = new Set();
  #sent = 0;

  constructor(address, protocols) {
    this.socket = new WebSocket(address, protocols, { closeTimeout: HANG_UP_MS });
    this.socket.on("message", (data) => this.#take(String(data)));
    this.socket.on("close", (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.#wake();
    });
    this.socket.on("error", (error) => {
      this.failure = error;
      this.#wake();
    });
  }

  #take(text) {
    const parsed = text === "pong" ? { pong: true } : JSON.parse(text);
    this.frames.push(...(Array.isArray(parsed) ? parsed : [parsed]));
    this.#wake();
  }

  #wake() {
    for (const look of this.#waiting) look();
  }

  /** Resolves when `ready()` returns something; rejects with what was seen when it takes too long. */
  #await(ready, what) {
    return new Promise((resolve, reject) => {
      const done = (settle, value) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        settle(value);
      };
      const look = () => {
        const found = ready();
        if (found !== undefined) done(resolve, found);
      };
      const tell = () => {
        const seen = this.frames.slice(-8).map((frame) => JSON.stringify(frame).slice(0, 200));
        const end = this.closed ? ` Closed with ${this.closed.code}.` : "";
        done(
          reject,
          new Error(`no ${what}.${end} ${this.failure ?? ""} Last of ${this.frames.length}:\n${seen.join("\n")}`),
        );
      };
      const timer = setTimeout(tell, PATIENCE_MS);
      this.#waiting.add(look);
      look();
    });
  }

  /** The next frame after those already awaited that fits. */
  next(fits, what = "such frame") {
    return this.#await(() => {
      const index = this.frames.findIndex((frame, at) => at >= this.#seen && fits(frame));
      if (index < 0) return undefined;
      this.#seen = index + 1;
      return this.frames[index];
    }, what);
  }

  /** The next event with this name. */
  event(name) {
    return this.next((frame) => frame.event === name, `event ${name}`);
  }

  /** The next error. */
  error(kind) {
    return this.next((frame) => frame.type === "error" && (!kind || frame.error === kind), `error ${kind ?? ""}`);
  }

  /** Resolves when `holds(frames)` is true of all frames so far. */
  until(holds, what) {
    return this.#await(() => (holds(this.frames) ? true : undefined), what);
  }

  /** The close code and reason. */
  end() {
    return this.#await(() => this.closed, "close");
  }

  /** Durable events so far, in the order in which they came. */
  get events() {
    return this.frames.filter((frame) => frame.seq !== undefined && frame.event !== undefined);
  }

  tell(frame) {
    this.socket.send(typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  /** Writes a message and returns its acknowledgement. */
  async say(body, client_msg_id = `say-${++this.#sent}-${Math.random().toString(36).slice(2)}`) {
    this.tell({ type: "send", client_msg_id, body });
    return this.ackOf(client_msg_id);
  }

  ackOf(client_msg_id) {
    return this.#await(
      () => this.frames.find((frame) => frame.type === "ack" && frame.client_msg_id === client_msg_id),
      `acknowledgement of ${client_msg_id}`,
    );
  }

  close() {
    this.socket.close(1000);
    return this.end();
  }

  /** Drops the connection without a word. */
  terminate() {
    this.socket.terminate();
  }
}
