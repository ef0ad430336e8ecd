// Keeps everything that came, in order, and lets a test await what it expects.
import WebSocket from "ws";

const PATIENCE_MS = 20_000;
// After a close of the server's the engine lets go of the connection when it next collects its garbage. A browser
// waits two seconds for that and then hangs up by itself; here a moment will do.
const HANG_UP_MS = 50;

export class Frames {
  frames = [];
  closed = undefined;
  failure = undefined;
  #seen = 0;
  #picked = new WeakSet();
  #waiting = new Set();

  /** Something came. */
  take(...frames) {
    this.frames.push(...frames);
    this.wake();
  }

  /** Something else is different: whoever waits looks again. */
  wake() {
    for (const look of this.#waiting) look();
  }

  /** Resolves when `ready()` returns something; rejects with what was seen when it takes too long. */
  waitFor(ready, what, withinMs = PATIENCE_MS) {
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
      const timer = setTimeout(tell, withinMs);
      this.#waiting.add(look);
      look();
    });
  }

  /** The next frame after those already awaited that fits. */
  next(fits, what = "such frame") {
    return this.waitFor(() => {
      const index = this.frames.findIndex((frame, at) => at >= this.#seen && fits(frame));
      if (index < 0) return undefined;
      this.#seen = index + 1;
      return this.frames[index];
    }, what);
  }

  /** The first frame that fits and was not picked before, wherever it stands: for what comes in no certain order. */
  pick(fits, what, withinMs) {
    return this.waitFor(
      () => {
        const found = this.frames.find((frame) => !this.#picked.has(frame) && fits(frame));
        if (found) this.#picked.add(found);
        return found;
      },
      what,
      withinMs,
    );
  }

  /** The next event with this name. */
  event(name) {
    return this.next((frame) => frame.event === name, `event ${name}`);
  }

  /** Resolves when `holds(frames)` is true of all frames so far. */
  until(holds, what) {
    return this.waitFor(() => (holds(this.frames) ? true : undefined), what);
  }

  /** The close code and reason. */
  end() {
    return this.waitFor(() => this.closed, "close");
  }
}

/** The same of a socket. */
export class SocketFrames extends Frames {
  constructor(address, protocols, options = {}) {
    super();
    this.socket = new WebSocket(address, protocols, { closeTimeout: HANG_UP_MS, ...options });
    this.socket.on("message", (data) => this.take(...this.read(String(data))));
    this.socket.on("close", (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.wake();
    });
    this.socket.on("error", (error) => {
      this.failure = error;
      this.wake();
    });
  }

  /** What one message holds. */
  read(text) {
    return [JSON.parse(text)];
  }

  tell(frame) {
    this.socket.send(typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
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
