// Streams between requests and R2, for resumable uploads.

/** @returns a reader of a request's body, or `undefined` if it has none */
export function openBody(stream) {
  return stream?.getReader({ mode: "byob" });
}

/** @returns {Promise<Uint8Array | undefined>} what has arrived, at most `bytes`; `undefined` at the end */
export async function readSome(reader, bytes) {
  const { value } = await reader.read(new Uint8Array(bytes));
  return value?.byteLength > 0 ? value : undefined;
}

/** @returns {Promise<string>} R2's id of the parts */
export async function beginParts(bucket, key) {
  return (await bucket.createMultipartUpload(key)).uploadId;
}

/** @returns {Promise<string>} the part's tag */
export async function putPart(bucket, key, id, number, bytes) {
  return (await bucket.resumeMultipartUpload(key, id).uploadPart(number, bytes)).etag;
}

export async function complete(bucket, key, id, tags) {
  const parts = tags.map((etag, at) => ({ partNumber: at + 1, etag }));
  await bucket.resumeMultipartUpload(key, id).complete(parts);
}

/** Deletes the parts. R2 refuses this if there are none: then nothing is left to do. */
export async function abandon(bucket, key, id) {
  try {
    await bucket.resumeMultipartUpload(key, id).abort();
  } catch (error) {
    if (!isUnknown(error)) throw error;
  }
}

/** Whether R2 does not know the parts (`NoSuchUpload`, 10024): they were completed or abandoned. */
function isUnknown(error) {
  return /10024|does not exist|NoSuchUpload/i.test(String(error?.message));
}

export async function put(bucket, key, bytes) {
  await bucket.put(key, bytes);
}

/** @returns {Promise<Uint8Array | undefined>} the bytes of a small file */
export async function read(bucket, key) {
  const object = await bucket.get(key);
  return object ? new Uint8Array(await object.arrayBuffer()) : undefined;
}

/** @returns {Promise<[number, Uint8Array] | undefined>} the size and SHA-256 of a file, whose bytes go past this isolate's memory */
export async function hash(bucket, key) {
  const object = await bucket.get(key);
  if (!object) return undefined;
  const digest = new crypto.DigestStream("SHA-256");
  await object.body.pipeTo(digest);
  return [object.size, new Uint8Array(await digest.digest)];
}

export async function remove(bucket, key) {
  await bucket.delete(key);
}
