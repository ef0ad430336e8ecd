// A native socket that reconnects with back-off. It passes each frame on and stores none.
import WebSocket from "ws";
import { SocketFrames } from "../support/frames.mjs";

const HANDSHAKE_MS = 5_000;
const FIRST_PAUSE_MS = 25;
const MAX_PAUSE_MS = 600;
/** The close code of a connection without a close frame. */
const BROKEN = 1006;
/** Close codes after which the client must not reconnect. */
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
  /** When it last became live. */
  liveAt = 0;
  #line;
  #timer;
  #failures = 0;
  #isClosed = true;

  /**
   * @param {object} options the user, the path, the query of each connection, and callbacks
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

  /** Marks the connection as live. */
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

  /** Sends a frame; false if there is no open connection. */
  send(frame) {
    if (this.#line?.socket.readyState !== WebSocket.OPEN) return false;
    this.#line.send(frame);
    return true;
  }

  /** Breaks the connection without a close frame; frames in flight are ignored. */
  drop() {
    const line = this.#line;
    if (!line) return;
    this.#lost(BROKEN);
    line.terminate();
  }

  /** Closes with a close frame; resolves when the server has closed, too. */
  async close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const line = this.#line;
    if (!line) return;
    line.socket.close(1000);
    await line.end();
  }

  /** Ends the connection immediately. */
  abandon() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#line?.terminate();
  }
}
