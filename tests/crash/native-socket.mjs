// A native socket that reconnects by itself with backoff. Hands each frame on and keeps none.
import WebSocket from "ws";
import { SocketFrames } from "../support/frames.mjs";

const HANDSHAKE_MS = 5_000;
const FIRST_PAUSE_MS = 25;
const MAX_PAUSE_MS = 600;
/** The code of a connection that ended without one. */
const BROKEN = 1006;
/** Close codes after which there is no point in coming back. */
const FOR_GOOD = new Set([4401, 4403]);

class Line extends SocketFrames {
  constructor(address, protocols, onFrame, onClose) {
    super(address, protocols, { handshakeTimeout: HANDSHAKE_MS });
    this.onFrame = onFrame;
    this.socket.on("close", onClose);
  }

  read(text) {
    const parsed = text === "pong" ? [] : JSON.parse(text);
    return Array.isArray(parsed) ? parsed : [parsed];
  }

  take(...frames) {
    for (const frame of frames) this.onFrame(frame);
  }
}

export class NativeSocket {
  isLive = false;
  /** When it was last known to be live again. */
  liveAt = 0;
  #line;
  #timer;
  #failures = 0;
  #isClosed = true;

  /**
   * @param {object} options who connects, where to, what each connection asks for, and who is told
   */
  constructor({ person, path, query, random, onFrame, onLost, violations, tally }) {
    Object.assign(this, { person, path, query, random, onFrame, onLost, violations, tally });
  }

  open() {
    if (!this.#isClosed) return;
    this.#isClosed = false;
    this.#dial();
  }

  #dial() {
    const { person, path } = this;
    const parameters = new URLSearchParams(this.query()).toString();
    const address = `${person.world.engine.socketUrl}${path}${parameters && `?${parameters}`}`;
    const line = new Line(
      address,
      ["campana.v1", `bearer.${person.token}`],
      (frame) => line === this.#line && this.#frame(frame),
      (code) => line === this.#line && this.#lost(code),
    );
    this.#line = line;
  }

  #frame(frame) {
    if (frame.type === "ping") this.send({ type: "pong" });
    else this.onFrame(frame);
  }

  /** What the connection was opened for works from here on. */
  live() {
    this.isLive = true;
    this.#failures = 0;
    this.liveAt = performance.now();
  }

  #lost(code) {
    this.#line = undefined;
    this.isLive = false;
    this.tally.closed(code);
    this.onLost(code);
    if (this.#isClosed) return;
    if (FOR_GOOD.has(code)) this.violations.add("wrong", `${this.path} was closed with ${code}`);
    const longest = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#dial(), this.random.between(longest / 2, longest));
  }

  /** True if it went out: there is a connection, as far as is known. */
  send(frame) {
    if (this.#line?.socket.readyState !== WebSocket.OPEN) return false;
    this.#line.send(frame);
    return true;
  }

  /** The connection breaks without a word: what is on its way on it does not count any more. */
  drop() {
    const line = this.#line;
    if (!line) return;
    this.#lost(BROKEN);
    line.terminate();
  }

  /** Leaves in good order; resolves when the server has closed, too. */
  async close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const line = this.#line;
    if (!line) return;
    line.socket.close(1000);
    await line.end();
  }

  /** Ends it at once. */
  abandon() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#line?.terminate();
  }
}
