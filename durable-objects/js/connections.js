// What the objects need of the platform's connections, called for every frame: sockets, and streams of server-sent
// events, whose ends are here so that they outlive the WebAssembly instance that fills them.

/** Largest chunk that a stream hands to the platform, bytes. */
const PORTION_BYTES = 128 * 1024;
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

/**
 * The writing end of a stream of server-sent events. Sent bytes are queued here until the platform pulls, and then handed over
 * as one chunk of up to `PORTION_BYTES`: the platform needs a turn of the object's isolate for each chunk, whatever its size.
 */
export class EventStream {
  #controller;
  #streams;
  #open = true;
  /** @type {Uint8Array[]} */
  #waiting = [];
  #waitingBytes = 0;
  /** Whether a pull of the platform is unanswered. */
  #isAsked = false;
  /** @type {(() => void) | undefined} */
  #onGone;

  constructor(state) {
    this.#streams = streamsOf.get(state) ?? new Set();
    this.#streams.add(this);
    const start = (controller) => {
      this.#controller = controller;
    };
    const pull = () => {
      this.#isAsked = true;
      this.#handOver();
    };
    // With a high-water mark of 0 the platform pulls only for a pending read.
    const strategy = new ByteLengthQueuingStrategy({ highWaterMark: 0 });
    this.readable = new ReadableStream({ start, pull, cancel: () => this.#end() }, strategy);
  }

  /** Calls back once when the stream is over, whoever ended it; never within a call of it. */
  set onGone(callback) {
    this.#onGone = callback;
  }

  /**
   * Queues bytes. The caller must not change them afterwards: several streams may share them.
   * @param {Uint8Array} chunk
   * @returns {number} bytes that the client had not taken before
   */
  send(chunk) {
    const waiting = this.buffered;
    if (this.#open) {
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.length;
      if (this.#isAsked) this.#handOver();
    }
    return waiting;
  }

  /** Bytes that the client has not taken yet. */
  get buffered() {
    return this.#open ? this.#waitingBytes - this.#controller.desiredSize : 0;
  }

  get isOpen() {
    return this.#open;
  }

  /** Ends the stream after what waits. */
  close() {
    if (!this.#open) return;
    this.#end();
    while (this.#waitingBytes > 0) this.#controller.enqueue(this.#portion());
    this.#controller.close();
  }

  /** Breaks the stream off; what waits is dropped. */
  abort() {
    if (!this.#open) return;
    this.#end();
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#controller.error(new Error("the client does not read"));
  }

  #handOver() {
    if (this.#waitingBytes === 0) return;
    this.#isAsked = false;
    this.#controller.enqueue(this.#portion());
  }

  /** Removes the next chunk from the queue, up to `PORTION_BYTES`. Once the platform has read it, `buffered` no longer counts it. */
  #portion() {
    const portion = new Uint8Array(Math.min(this.#waitingBytes, PORTION_BYTES));
    let [at, whole] = [0, 0];
    while (at < portion.length) {
      const chunk = this.#waiting[whole];
      const part = chunk.subarray(0, portion.length - at);
      portion.set(part, at);
      at += part.length;
      if (part.length === chunk.length) whole += 1;
      else this.#waiting[whole] = chunk.subarray(part.length);
    }
    this.#waiting.splice(0, whole);
    this.#waitingBytes -= portion.length;
    return portion;
  }

  #end() {
    if (!this.#open) return;
    this.#open = false;
    this.#streams.delete(this);
    queueMicrotask(() => this.#onGone?.());
  }
}
