// A socket that stores no frames, because a run may last hours.
import WebSocket from "ws";

const HANG_UP_MS = 50;
const PONG = "pong";

export class Link {
  closed = undefined;
  failure = undefined;
  #waiting = new Set();
  #onFrame;

  /**
   * @param {string} address
   * @param {string[]} protocols
   * @param {(frame: object, link: Link) => void} onFrame called with every frame, in order
   */
  constructor(address, protocols, onFrame = () => {}, options = {}) {
    this.#onFrame = onFrame;
    this.socket = new WebSocket(address, protocols, { closeTimeout: HANG_UP_MS, maxPayload: 0, ...options });
    this.opened = new Promise((resolve) => this.socket.once("open", resolve));
    this.ended = new Promise((resolve) => {
      this.socket.once("close", (code, reason) => {
        this.closed = { code, reason: String(reason) };
        this.#look();
        resolve(this.closed);
      });
    });
    this.socket.on("message", (data) => this.#take(String(data)));
    this.socket.on("error", (error) => {
      this.failure = error;
    });
  }

  get isOpen() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  #take(text) {
    if (text === PONG) return this.#look({ pong: true });
    let frames;
    try {
      frames = JSON.parse(text);
    } catch {
      frames = { unreadable: text.slice(0, 200) };
    }
    for (const frame of Array.isArray(frames) ? frames : [frames]) {
      this.answer(frame);
      this.#onFrame(frame, this);
      this.#look(frame);
    }
  }

  /** Answers a ping of the server. */
  answer(frame) {
    if (frame?.type === "ping") this.send({ type: "pong" });
    if (frame?.event === "pusher:ping") this.send({ event: "pusher:pong", data: {} });
  }

  #look(frame) {
    for (const wait of this.#waiting) wait(frame);
  }

  /**
   * Resolves with the next frame that fits, with `{closed}` once the socket is closed, or with `undefined` after the time-out.
   * @param {(frame: object) => boolean} fits
   */
  next(fits, withinMs) {
    if (this.closed) return Promise.resolve({ closed: this.closed });
    return new Promise((resolve) => {
      const done = (value) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(value);
      };
      const look = (frame) => {
        if (frame !== undefined && fits(frame)) done(frame);
        else if (this.closed) done({ closed: this.closed });
      };
      const timer = setTimeout(() => done(undefined), withinMs);
      this.#waiting.add(look);
    });
  }

  /** Sends a text, bytes as a binary frame, or JSON; nothing once the socket closes. */
  send(frame) {
    if (!this.isOpen) return;
    this.socket.send(typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  /** Writes bytes directly to the TCP connection. */
  write(bytes) {
    this.socket._socket?.write(bytes);
  }

  close() {
    this.socket.close(1000);
    return this.ended;
  }

  terminate() {
    this.socket.terminate();
  }
}
