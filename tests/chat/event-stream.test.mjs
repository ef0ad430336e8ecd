// The writing end of an event stream, without an engine: every byte is delivered once and in order, in bounded chunks, and the
// buffered bytes are counted.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EventStream } from "../../durable-objects/js/connections.js";

const PORTION = 128 * 1024;

/** Chunks of these sizes, and all of their bytes. */
function chunksOf(sizes) {
  const chunks = sizes.map((size, number) => new Uint8Array(size).map((_, at) => (at * 7 + number) % 251));
  return { chunks, all: Buffer.concat(chunks) };
}

async function rest(reader, portions = []) {
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return portions;
    portions.push(value);
  }
}

describe("the writing end of an event stream", () => {
  test("buffered bytes are written in bounded chunks and counted until then", async () => {
    const { chunks, all } = chunksOf([1, 5, 200_000, PORTION, 3, PORTION - 1, 1, 400_000]);
    const stream = new EventStream({});
    let waiting = 0;
    for (const chunk of chunks) {
      assert.equal(stream.send(chunk), waiting);
      waiting += chunk.length;
    }
    const reader = stream.readable.getReader();
    const portions = [(await reader.read()).value, (await reader.read()).value];
    assert.equal(stream.buffered, all.length - 2 * PORTION);
    stream.close();
    await rest(reader, portions);
    assert.ok(portions.slice(0, -1).every(({ length }) => length === PORTION));
    assert.deepEqual(Buffer.concat(portions), all);
  });

  test("a waiting reader gets new data immediately", async () => {
    const { chunks } = chunksOf([2, 3]);
    const stream = new EventStream({});
    const reader = stream.readable.getReader();
    for (const chunk of chunks) {
      const read = reader.read();
      await Promise.resolve();
      stream.send(chunk);
      assert.equal(stream.buffered, 0);
      assert.deepEqual((await read).value, chunk);
    }
  });

  test("chunks shared by several streams are not changed", async () => {
    const { chunks, all } = chunksOf([PORTION + 10, 20]);
    const streams = [new EventStream({}), new EventStream({})];
    for (const chunk of chunks) for (const stream of streams) stream.send(chunk);
    for (const stream of streams) {
      const read = rest(stream.readable.getReader());
      stream.close();
      assert.deepEqual(Buffer.concat(await read), all);
    }
  });

  test("an aborted stream drops its buffer, and its reader gets an error", async () => {
    const stream = new EventStream({});
    const gone = new Promise((resolve) => {
      stream.onGone = resolve;
    });
    stream.send(new Uint8Array(10));
    stream.abort();
    assert.equal(stream.buffered, 0);
    assert.equal(stream.isOpen, false);
    await assert.rejects(stream.readable.getReader().read(), /does not read/);
    await gone;
  });

  test("a reader that cancels ends the stream", async () => {
    const stream = new EventStream({});
    const gone = new Promise((resolve) => {
      stream.onGone = resolve;
    });
    stream.send(new Uint8Array(10));
    await stream.readable.cancel();
    await gone;
    assert.equal(stream.isOpen, false);
    assert.equal(stream.send(new Uint8Array(10)), 0);
  });
});
