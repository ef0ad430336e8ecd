// A socket that keeps nothing of what came but what somebody waits for: a run may go on for hours.
import WebSocket from "ws";

const HANG_UP_MS = 50;
const PONG = "pong";

export class Link {
  closed = undefined;
  failure = undefined;
  #waiting = new Set();
  #hear;

  /**
   * @param {string} address
   * @param {string[]} protocols
   * @param {(frame: object, link: Link) => void} hear called with every frame, in order
   */
  constructor(address, protocols, hear = () => {}, options = {}) {
    this.#hear = hear;
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
      this.#hear(frame, this);
      this.#look(frame);
    }
  }

  /** What a client says by itself to a server that asks whether it is there. */
  answer(frame) {
    if (frame?.type === "ping") this.send({ type: "pong" });
    if (frame?.event === "pusher:ping") this.send({ event: "pusher:pong", data: {} });
  }

  #look(frame) {
    for (const wait of this.#waiting) wait(frame);
  }

  /**
   * Resolves with the next frame that fits, with `{closed}` once the socket is closed, or with `undefined` after so long.
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

  /** Sends a text, bytes as a binary frame, or JSON; nothing once it closes. */
  send(frame) {
    if (!this.isOpen) return;
    this.socket.send(typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  /** Bytes on the connection itself, past the protocol. */
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
