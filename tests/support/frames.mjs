// Records received frames in order and lets a test await them.
import WebSocket from "ws";
import { channelOf, compareClose, compareMessage } from "./documents/frames.mjs";

const TIMEOUT_MS = 20_000;
// After the server's close frame the engine ends the TCP connection only at its next garbage collection. A browser waits 2 s
// and then ends it; the tests wait 50 ms.
const CLOSE_TIMEOUT_MS = 50;

export class Frames {
  frames = [];
  closed = undefined;
  failure = undefined;
  #seen = 0;
  #picked = new WeakSet();
  #waiting = new Set();

  /** Records received frames. */
  take(...frames) {
    this.frames.push(...frames);
    this.wake();
  }

  /** Makes all waiters check again, after a change other than a frame. */
  wake() {
    for (const look of this.#waiting) look();
  }

  /** Resolves with the first defined result of `ready()`; after the time-out rejects with the last frames. */
  waitFor(ready, what, withinMs = TIMEOUT_MS) {
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
      const expire = () => {
        const seen = this.frames.slice(-8).map((frame) => JSON.stringify(frame).slice(0, 200));
        const end = this.closed ? ` Closed with ${this.closed.code}.` : "";
        done(
          reject,
          new Error(`no ${what}.${end} ${this.failure ?? ""} Last of ${this.frames.length}:\n${seen.join("\n")}`),
        );
      };
      const timer = setTimeout(expire, withinMs);
      this.#waiting.add(look);
      look();
    });
  }

  /** The next frame that fits, after the frames already awaited. */
  next(fits, what = "such frame") {
    return this.waitFor(() => {
      const index = this.frames.findIndex((frame, at) => at >= this.#seen && fits(frame));
      if (index < 0) return undefined;
      this.#seen = index + 1;
      return this.frames[index];
    }, what);
  }

  /** The first fitting frame that was not picked before, at any position: for frames without a fixed order. */
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

  /** Resolves when `holds` is true for the list of all frames. */
  until(holds, what, withinMs) {
    return this.waitFor(() => (holds(this.frames) ? true : undefined), what, withinMs);
  }

  /** The close code and reason. */
  end() {
    return this.waitFor(() => this.closed, "close");
  }
}

/** Frames of a WebSocket. */
export class SocketFrames extends Frames {
  constructor(address, protocols, options = {}) {
    super();
    this.socket = new WebSocket(address, protocols, { closeTimeout: CLOSE_TIMEOUT_MS, ...options });
    const channel = channelOf(address);
    this.socket.on("message", (data) => {
      const text = String(data);
      if (channel !== undefined) this.failure ??= compareMessage(channel, text);
      this.take(...this.read(text));
    });
    this.socket.on("close", (code, reason) => {
      if (channel !== undefined) this.failure ??= compareClose(channel, code);
      this.closed = { code, reason: String(reason) };
      this.wake();
    });
    this.socket.on("error", (error) => {
      this.failure = error;
      this.wake();
    });
  }

  /** The frames in one message. */
  read(text) {
    return [JSON.parse(text)];
  }

  send(frame) {
    this.socket.send(typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  close() {
    this.socket.close(1000);
    return this.end();
  }

  /** Drops the connection without a close frame. */
  terminate() {
    this.socket.terminate();
  }
}
