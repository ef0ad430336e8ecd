// Streams between requests and R2. Bodies are read in large pieces, because each piece costs a turn of the event loop, and hashed by
// the platform.

/** Size of all parts but the last, in bytes: the least that R2 takes. */
const PART_BYTES = 5 * 1024 * 1024;

/** @returns a reader of a request's body */
export function openBody(stream) {
  return stream.getReader({ mode: "byob" });
}

/** @returns {Promise<Uint8Array | undefined>} at least this many bytes, fewer at the end, and `undefined` after it */
export async function readPiece(reader, bytes) {
  const { value } = await reader.readAtLeast(bytes, new Uint8Array(bytes));
  return value?.byteLength > 0 ? value : undefined;
}

class Hash {
  constructor() {
    this.stream = new crypto.DigestStream("SHA-256");
    this.stream.digest.catch(() => {});
    this.writer = this.stream.getWriter();
    this.writer.closed.catch(() => {});
  }

  write(piece) {
    return this.writer.write(piece);
  }

  async finish() {
    await this.writer.close();
    return new Uint8Array(await this.stream.digest);
  }

  abort() {
    this.writer.abort().catch(() => {});
  }
}

/** A file whose size is known: its bytes go through. Fewer or more bytes store nothing. */
class Whole {
  constructor(bucket, key, size) {
    const { readable, writable } = new FixedLengthStream(size);
    this.writer = writable.getWriter();
    this.writer.closed.catch(() => {});
    this.stored = bucket.put(key, readable);
    this.stored.catch(() => {});
    this.hash = new Hash();
  }

  async write(piece) {
    await this.hash.write(piece);
    // A store that fails stops reading, and the write would never end.
    await Promise.race([this.writer.write(piece), this.stored.then(() => {})]);
  }

  async finish() {
    await Promise.race([this.writer.close(), this.stored.then(() => {})]);
    await this.stored;
    return this.hash.finish();
  }

  async abort() {
    this.hash.abort();
    await this.writer.abort().catch(() => {});
    await this.stored.catch(() => {});
  }
}

/** A file whose size is not known: it is stored in parts, or at once if it is smaller than a part. */
class Parts {
  constructor(bucket, key) {
    this.bucket = bucket;
    this.key = key;
    this.hash = new Hash();
    this.part = new Uint8Array(PART_BYTES);
    this.filled = 0;
    this.uploaded = [];
  }

  async write(piece) {
    await this.hash.write(piece);
    for (let at = 0; at < piece.byteLength; ) {
      if (this.filled === PART_BYTES) await this.uploadPart();
      const taken = piece.subarray(at, at + PART_BYTES - this.filled);
      this.part.set(taken, this.filled);
      this.filled += taken.byteLength;
      at += taken.byteLength;
    }
  }

  async uploadPart() {
    this.upload ??= await this.bucket.createMultipartUpload(this.key);
    const part = this.part.subarray(0, this.filled);
    this.uploaded.push(await this.upload.uploadPart(this.uploaded.length + 1, part));
    this.filled = 0;
  }

  async finish() {
    if (this.upload) {
      if (this.filled > 0) await this.uploadPart();
      await this.upload.complete(this.uploaded);
    } else {
      await this.bucket.put(this.key, this.part.subarray(0, this.filled));
    }
    return this.hash.finish();
  }

  async abort() {
    this.hash.abort();
    await this.upload?.abort();
  }
}

/** Begins to store a file; `size` is its number of bytes, or `undefined`. */
export function beginPut(bucket, key, size) {
  return size === undefined ? new Parts(bucket, key) : new Whole(bucket, key, size);
}

/** @returns {Promise<Response | undefined>} a response with the bytes, or with `length` of them from `offset` on */
export async function get(bucket, key, offset, length) {
  const range = length === undefined ? undefined : { offset, length };
  const object = await bucket.get(key, { range });
  return object ? new Response(object.body) : undefined;
}

/** @returns {Promise<Uint8Array | undefined>} `length` bytes from `offset` on, fewer at the end */
export async function read(bucket, key, offset, length) {
  const object = await bucket.get(key, { range: { offset, length } });
  return object ? new Uint8Array(await object.arrayBuffer()) : undefined;
}

/**
 * Sends a picture to the images Worker.
 * @returns {Promise<Uint8Array | number>} its answer, or the status of its refusal
 */
export async function look(bucket, images, key, maxPixels) {
  const object = await bucket.get(key);
  if (!object) return 404;
  // With its length, the Worker refuses a picture that is too long at once, and needs no memory twice.
  const { readable, writable } = new FixedLengthStream(object.size);
  const sent = object.body.pipeTo(writable).catch(() => {});
  const headers = { "campana-max-pixels": `${maxPixels}` };
  const response = await images.fetch("https://images/", { method: "POST", headers, body: readable });
  if (response.status !== 200) {
    await response.body?.cancel();
    return response.status;
  }
  await sent;
  return new Uint8Array(await response.arrayBuffer());
}

/** @returns {Promise<number | undefined>} the number of bytes */
export async function sizeOf(bucket, key) {
  return (await bucket.head(key))?.size;
}

/** @returns {Promise<string[]>} keys in order */
export async function list(bucket, prefix, limit) {
  const { objects } = await bucket.list({ prefix, limit });
  return objects.map(({ key }) => key);
}
