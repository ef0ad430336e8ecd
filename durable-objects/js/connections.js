// What the objects need of the platform's connections, called for every frame: sockets, and streams of server-sent
// events, whose ends are here so that they outlive the WebAssembly instance that fills them.

const encoder = new TextEncoder();
/** Streams by the object (its `DurableObjectState`) that they belong to. */
const streamsOf = new WeakMap();

/**
 * Sends a text; one to a socket that is closing goes nowhere, its close event follows. An exception that is caught here
 * costs nothing unless it is thrown; one caught in WebAssembly leaves garbage with every call.
 * @returns {number} bytes that the client had not taken before: this text cannot have gone out yet
 */
export function trySend(socket, text) {
  const waiting = socket.bufferedAmount ?? 0;
  try {
    socket.send(text);
  } catch {}
  return waiting;
}

/** @returns {number} bytes that were sent to a socket and that its client has not taken yet */
export function bufferedOf(socket) {
  return socket.bufferedAmount ?? 0;
}

/**
 * An instance of WebAssembly begins to work for an object.
 * @returns {boolean} whether another one did before, and ended without a word in the middle of what it did: the object
 *   itself lives on, and so do its connections. Its streams are ended here, since nobody would fill them any more.
 */
export function takeOver(state) {
  const streams = streamsOf.get(state);
  streamsOf.set(state, new Set());
  if (!streams) return false;
  for (const stream of streams) {
    stream.onGone = undefined;
    stream.close();
  }
  return true;
}

/** The end of a stream of server-sent events that an object fills. */
export class EventStream {
  #controller;
  #streams;
  #open = true;
  /** @type {(() => void) | undefined} */
  #onGone;

  constructor(state) {
    this.#streams = streamsOf.get(state) ?? new Set();
    this.#streams.add(this);
    const start = (controller) => {
      this.#controller = controller;
    };
    // Nothing is ever pulled: what waits is counted, as a distance from 0.
    const strategy = new ByteLengthQueuingStrategy({ highWaterMark: 0 });
    this.readable = new ReadableStream({ start, cancel: () => this.#end() }, strategy);
  }

  /** Calls back once when the stream is over, whoever ended it; never within a call of it. */
  set onGone(callback) {
    this.#onGone = callback;
  }

  /** @returns {number} bytes that the client had not taken before */
  send(text) {
    const waiting = this.buffered;
    if (this.#open) this.#controller.enqueue(encoder.encode(text));
    return waiting;
  }

  /** Bytes that the client has not taken yet. */
  get buffered() {
    return this.#open ? -this.#controller.desiredSize : 0;
  }

  get isOpen() {
    return this.#open;
  }

  /** Ends the stream after what waits. */
  close() {
    if (!this.#open) return;
    this.#end();
    this.#controller.close();
  }

  /** Breaks the stream off; what waits is dropped. */
  abort() {
    if (!this.#open) return;
    this.#end();
    this.#controller.error(new Error("the client does not read"));
  }

  #end() {
    if (!this.#open) return;
    this.#open = false;
    this.#streams.delete(this);
    queueMicrotask(() => this.#onGone?.());
  }
}
