// Resumable uploads on the real engine and its store, by `tus-js-client` and by hand.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { randomOf, sha256, startCutter, uploadByTus } from "../support/tus.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const MIB = 1024 * 1024;
/** Cuts of the short run; `tests/load/uploads.test.mjs` makes a thousand. */
const CUTS = 40;
const TUS = { "tus-resumable": "1.0.0" };
const slug = (answer) => [answer.status, answer.body?.type.split("/").at(-1)];

describe("resumable uploads", () => {
  let world, admin, ana, ben;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("admin", { roles: ["admin"] });
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
    await ben.ok("GET", "/api/me");
  });
  after(() => world?.stop());

  const noMagicNumber = (size) => {
    const bytes = randomBytes(size);
    bytes.fill(0, 0, Math.min(16, size));
    return bytes;
  };
  const begin = async (person, length) => {
    const created = await person.call("POST", "/api/chat/uploads", undefined, { ...TUS, "upload-length": `${length}` });
    assert.equal(created.status, 201, created.text);
    return created.headers.get("location");
  };
  const write = (person, path, offset, bytes, headers = {}) =>
    person.call("PATCH", path, bytes, {
      ...TUS,
      "content-type": "application/offset+octet-stream",
      "upload-offset": `${offset}`,
      ...headers,
    });
  const offset = async (path) => {
    const head = await ana.call("HEAD", path, undefined, TUS);
    assert.equal(head.status, 200);
    return Number(head.headers.get("upload-offset"));
  };
  const read = async (id) => {
    const response = await fetch(`${world.url}/api/chat/files/${id}`, {
      headers: { authorization: `Bearer ${ana.token}` },
    });
    return Buffer.from(await response.arrayBuffer());
  };
  const stored = async () => {
    const bucket = await world.engine.miniflare.getR2Bucket("FILES", "campana");
    return (await bucket.list({ prefix: "files/" })).objects.map(({ key }) => key);
  };

  test("a file of any size is the one that was sent", async () => {
    for (const size of [1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 12 * MIB]) {
      const bytes = noMagicNumber(size);
      const { upload, fileId } = await uploadByTus(world.url, ana, bytes);
      assert.ok(upload.url.endsWith(fileId));
      const { file } = await ana.ok("GET", `/api/chat/uploads/${fileId}`);
      const expected = { name: "año.bin", type: "application/octet-stream", size, sha256: sha256(bytes) };
      assert.deepEqual({ ...file, ...expected }, file);
      assert.equal(sha256(await read(fileId)), file.sha256);
    }
    assert.ok((await stored()).every((key) => key.endsWith("/original")));
  });

  test("a client that sends pieces resumes across them", async () => {
    const bytes = noMagicNumber(7 * MIB + 5);
    const { fileId } = await uploadByTus(world.url, ana, bytes, { chunkSize: 700_001 });
    assert.equal(sha256(await read(fileId)), sha256(bytes));
  });

  test("an upload that is interrupted at random bytes ends with the same bytes", async () => {
    const random = randomOf(11);
    const bytes = noMagicNumber(11 * MIB);
    let made = 0;
    while (made < CUTS) {
      const cutter = await startCutter(world.url, () => (random() < 0.2 ? Infinity : Math.floor(random() * 2 * MIB)));
      const { fileId } = await uploadByTus(cutter.url, ana, bytes);
      cutter.stop();
      made += cutter.cuts;
      const { file } = await ana.ok("GET", `/api/chat/uploads/${fileId}`);
      assert.deepEqual([file.size, file.sha256], [bytes.length, sha256(bytes)]);
    }
    assert.ok(
      (await stored()).every((key) => key.endsWith("/original")),
      "no tail is left",
    );
  });

  test("what arrived before the engine was killed counts", async () => {
    const bytes = noMagicNumber(6 * MIB);
    const path = await begin(ana, bytes.length);
    assert.equal((await write(ana, path, 0, bytes.subarray(0, 100_001))).headers.get("upload-offset"), "100001");
    await world.restart(() => {});
    assert.equal(await offset(path), 100_001);
    const last = await write(ana, path, 100_001, bytes.subarray(100_001));
    assert.equal(last.status, 204, last.text);
    assert.equal(sha256(await read(last.headers.get("campana-file"))), sha256(bytes));
  });

  test("one request writes at a time", async () => {
    const path = await begin(ana, 1_000);
    let push;
    const body = new ReadableStream({ start: (controller) => (push = controller) });
    const headers = { ...TUS, authorization: `Bearer ${ana.token}`, "upload-offset": "0" };
    const first = fetch(world.url + path, {
      method: "PATCH",
      headers: { ...headers, "content-type": "application/offset+octet-stream" },
      body,
      duplex: "half",
    });
    push.enqueue(Buffer.alloc(400, "a"));
    // Nothing is written by a request without bytes.
    const second = () => write(ana, path, 0, Buffer.alloc(0));
    await eventually(async () => (await second()).status === 423, "the lock");
    assert.deepEqual(slug(await second()), [423, "upload-locked"]);
    push.enqueue(Buffer.alloc(600, "a"));
    push.close();
    const answer = await first;
    assert.deepEqual([answer.status, answer.headers.get("upload-offset")], [204, "1000"]);
    assert.equal(sha256(await read(path.split("/").at(-1))), sha256(Buffer.alloc(1_000, "a")));
  });

  test("bytes with another checksum, of another position, and too many do not count", async () => {
    const path = await begin(ana, 10);
    const sum = (text) => ({ "upload-checksum": `sha1 ${createHash("sha1").update(text).digest("base64")}` });
    assert.deepEqual(slug(await write(ana, path, 0, Buffer.from("hello"), sum("other"))), [460, "checksum-mismatch"]);
    assert.equal(await offset(path), 0);
    assert.equal((await write(ana, path, 0, Buffer.from("hello"), sum("hello"))).status, 204);
    assert.deepEqual(slug(await write(ana, path, 0, Buffer.from("hello"))), [409, "conflict"]);
    assert.deepEqual(slug(await write(ana, path, 5, Buffer.from("world!"))), [413, "too-large"]);
    const old = await ana.call("PATCH", path, Buffer.from("world"), { "tus-resumable": "0.2.2" });
    assert.deepEqual([...slug(old), old.headers.get("tus-version")], [412, "unsupported-tus-version", "1.0.0"]);
    assert.equal((await write(ana, path, 5, Buffer.from("world"))).status, 204);
  });

  test("an upload is for who began it, in their tenant", async () => {
    const path = await begin(ana, 10);
    const stranger = world.person("7", { tenant: "other", secret: "other-secret" });
    for (const person of [ben, admin, stranger]) {
      assert.equal((await write(person, path, 0, Buffer.from("hello"))).status, 404);
      assert.equal((await person.call("GET", path)).status, 404);
      assert.equal((await person.call("HEAD", path, undefined, TUS)).status, 404);
      assert.equal((await person.call("DELETE", path, undefined, TUS)).status, 404);
    }
    assert.equal(await offset(path), 0);
  });

  test("an upload that is ended leaves nothing", async () => {
    const before = await stored();
    const path = await begin(ana, 6 * MIB);
    await write(ana, path, 0, randomBytes(5 * MIB + 100));
    assert.equal((await stored()).length, before.length + 1, "the tail");
    assert.equal((await ana.call("DELETE", path, undefined, TUS)).status, 204);
    assert.equal((await ana.call("HEAD", path, undefined, TUS)).status, 404);
    assert.deepEqual(await stored(), before);
    assert.deepEqual(await world.rows("SELECT 1 FROM files WHERE id = ?1", path.split("/").at(-1)), []);
  });

  test("an upload that has expired is gone, and the schedule deletes what the store has of it", async () => {
    const path = await begin(ana, 1_000);
    await write(ana, path, 0, randomBytes(100));
    const id = path.split("/").at(-1);
    assert.ok((await stored()).some((key) => key.includes(id)));
    const expired = `UPDATE upload SET expires_at = ${Date.now()} WHERE id = '${id}'`;
    await world.restart(() => world.changeObjects("ResumableUpload", "upload", [expired]));
    assert.equal((await ana.call("HEAD", path, undefined, TUS)).status, 404);
    assert.equal((await write(ana, path, 100, Buffer.from("x"))).status, 404);
    const yesterday = Date.now() - 86_400_000;
    await world.rows("UPDATE files SET claimed_at = ?1, unused_at = ?1 WHERE id = ?2", yesterday, id);
    await world.engine.schedule("7,22,37,52 * * * *");
    assert.ok(!(await stored()).some((key) => key.includes(id)));
  });
});
