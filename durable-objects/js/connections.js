// Bindings of the platform's sockets and of streams of server-sent events, called for every frame. The writing ends of
// streams are kept here, so that they outlive the WebAssembly instance that fills them.

/** Maximum size of a stream's chunk, in bytes. */
const PORTION_BYTES = 128 * 1024;
/** Open streams of each object, by its `DurableObjectState`. */
const streamsOf = new WeakMap();

/**
 * Sends a text. A closing socket drops it; its close event follows. Exceptions are caught here, since a catch in
 * WebAssembly allocates with every call, thrown or not.
 * @returns {number} bytes that were buffered for the client before this text
 */
export function trySend(socket, text) {
  const waiting = socket.bufferedAmount ?? 0;
  try {
    socket.send(text);
  } catch {}
  return waiting;
}

/** @returns {number} bytes that are buffered for the socket's client */
export function bufferedOf(socket) {
  return socket.bufferedAmount ?? 0;
}

/**
 * Registers a WebAssembly instance for an object.
 * @returns {boolean} whether an earlier instance was lost, while the object and its connections remain. Its streams are
 *   ended here, since no instance would fill them any more.
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
 * Writing end of a stream of server-sent events. Sent bytes are queued here until the platform pulls, and then passed
 * on as one chunk of up to `PORTION_BYTES`: each chunk takes a turn of the object's isolate, whatever its size.
 */
export class EventStream {
  #controller;
  #streams;
  #open = true;
  /** @type {Uint8Array[]} */
  #waiting = [];
  #waitingBytes = 0;
  /** Whether a pull of the platform is pending. */
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

  /** Callback for the end of the stream. Called once, whichever side ended it, and never synchronously. */
  set onGone(callback) {
    this.#onGone = callback;
  }

  /**
   * Queues bytes. The caller must not change them afterwards: several streams may share them.
   * @param {Uint8Array} chunk
   * @returns {number} bytes that were buffered for the client before
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

  /** Bytes that are buffered for the client. */
  get buffered() {
    return this.#open ? this.#waitingBytes - this.#controller.desiredSize : 0;
  }

  get isOpen() {
    return this.#open;
  }

  /** Ends the stream after its queued bytes. */
  close() {
    if (!this.#open) return;
    this.#end();
    while (this.#waitingBytes > 0) this.#controller.enqueue(this.#portion());
    this.#controller.close();
  }

  /** Breaks the stream off and drops its queued bytes. */
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

  /** Removes the next chunk, up to `PORTION_BYTES`. `buffered` counts it until the platform has read it. */
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
