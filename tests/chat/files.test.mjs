// Files on the real engine and its store: uploads of every form, messages with files, and who reads them.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const MIB = 1024 * 1024;
const GIF = Buffer.from("474946383961030002000000003b", "hex");
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const slug = (answer) => [answer.status, answer.body?.type.split("/").at(-1)];

describe("files", () => {
  let world, admin, ana, ben, room, chat;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    admin = world.person("admin", { roles: ["admin"] });
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
    room = await world.room([ana, ben]);
    chat = await ben.chat(room.conversation_id);
  });
  after(async () => {
    await chat?.close();
    await world?.stop();
  });

  const messages = () => `/api/chat/conversations/${room.conversation_id}/messages`;
  const send = (body) => ana.ok("POST", messages(), body);
  const stored = async () => {
    const bucket = await world.engine.miniflare.getR2Bucket("FILES", "campana");
    return (await bucket.list({ prefix: "files/" })).objects.map(({ key }) => key);
  };

  async function read(person, path, headers = {}) {
    const response = await fetch(world.url + path, {
      headers: { ...(person ? { authorization: `Bearer ${person.token}` } : {}), ...headers },
    });
    return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  test("a body of any size is stored as it is", async () => {
    for (const size of [1, 65_536, 65_537, 200_000, 262_144, 262_145, 3 * MIB, 25 * MIB]) {
      const bytes = randomBytes(size);
      // No magic number.
      bytes.fill(0, 0, Math.min(16, size));
      const file = await ana.upload(bytes, "año.bin");
      const expected = { name: "año.bin", type: "application/octet-stream", size, sha256: sha256(bytes) };
      assert.deepEqual({ ...file, ...expected }, file);
      const got = await read(ana, file.url);
      assert.deepEqual(
        [got.status, got.headers.get("content-length"), sha256(got.bytes)],
        [200, `${size}`, file.sha256],
      );
    }
  });

  test("a form of any size, and a body of unknown size, are stored in parts", async () => {
    for (const size of [1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 12 * MIB]) {
      const bytes = randomBytes(size);
      const form = new FormData();
      form.set("file", new Blob([bytes], { type: "image/png" }), "a b.bin");
      const headers = { authorization: `Bearer ${ana.token}` };
      const response = await fetch(`${world.url}/api/chat/upload`, { method: "POST", headers, body: form });
      const file = await response.json();
      assert.deepEqual([response.status, file.name, file.size, file.sha256], [201, "a b.bin", size, sha256(bytes)]);
      assert.equal(sha256((await read(ana, file.url)).bytes), file.sha256);
    }
    const pieces = Array.from({ length: 90 }, () => randomBytes(65_536));
    const body = ReadableStream.from(pieces);
    const headers = { authorization: `Bearer ${ana.token}`, "content-type": "application/octet-stream" };
    const response = await fetch(`${world.url}/api/chat/upload`, { method: "POST", headers, body, duplex: "half" });
    assert.equal((await response.json()).sha256, sha256(Buffer.concat(pieces)));
  });

  test("what is too large, of a wrong type or over the bytes of a day is refused and not stored", async () => {
    const before = (await stored()).length;
    const settings = { max_bytes: 1_000_000, types: ["image/*", "text/plain"], per_day_bytes: 2_000_000 };
    await admin.ok("PATCH", "/api/admin/settings", { files: settings });
    const cy = world.person("9");
    const upload = (bytes) => cy.call("POST", "/api/chat/upload", bytes, { "content-type": "image/png" });
    assert.deepEqual(slug(await upload(Buffer.alloc(1_000_001, "a"))), [413, "too-large"]);
    assert.deepEqual(slug(await upload(Buffer.from("%PDF-1.7"))), [415, "unsupported-media-type"]);
    const body = ReadableStream.from(Array.from({ length: 100 }, () => Buffer.alloc(65_536, "a")));
    const headers = { authorization: `Bearer ${cy.token}` };
    const endless = await fetch(`${world.url}/api/chat/upload`, { method: "POST", headers, body, duplex: "half" });
    assert.equal(endless.status, 413);
    assert.equal((await upload(Buffer.alloc(900_000, "a"))).status, 201);
    assert.equal((await upload(Buffer.alloc(900_000, "a"))).status, 201);
    const refused = await upload(Buffer.alloc(900_000, "a"));
    assert.deepEqual(slug(refused), [429, "rate-limited"]);
    assert.ok(Number(refused.headers.get("retry-after")) > 0);
    await admin.ok("PATCH", "/api/admin/settings", { files: { max_bytes: null, types: null, per_day_bytes: null } });
    assert.equal((await stored()).length, before + 2);
  });

  test("an upload that breaks off leaves nothing in the store", async () => {
    const before = await stored();
    const { hostname, port } = new URL(world.url);
    const socket = connect(port, hostname);
    socket.on("error", () => {});
    const head = ["POST /api/chat/upload HTTP/1.1", `host: ${hostname}`, `authorization: Bearer ${ana.token}`];
    socket.write(`${[...head, "content-length: 4000000"].join("\r\n")}\r\n\r\n`);
    socket.write(Buffer.alloc(1_500_000, "a"));
    await eventually(
      async () => (await world.rows("SELECT 1 FROM files WHERE status = 'uploading'")).length > 0,
      "the reservation",
    );
    socket.destroy();
    await ana.upload("after it");
    assert.equal((await stored()).length, before.length + 1);
  });

  test("a message brings its files to every transport, and its deletion takes them away", async () => {
    const picture = await ana.upload(GIF, "a.gif");
    const sent = await send({ attachments: [picture.id] });
    assert.deepEqual([sent.type, sent.body, sent.attachments], ["image", "", [picture]]);
    const event = await chat.next((frame) => frame.event === "message.created" && frame.id === sent.id, "the event");
    assert.deepEqual(event.partial.attachments, [picture]);
    assert.deepEqual((await read(ben, picture.url)).bytes, GIF);
    const device = await ana.chat(room.conversation_id);
    const text = await ana.upload("hello", "a.txt");
    device.send({ type: "send", client_msg_id: "f-1", body: "by frame", attachments: [text.id] });
    const ack = await device.next((frame) => frame.client_msg_id === "f-1", "the answer");
    assert.equal(ack.type, "ack");
    assert.equal((await read(ben, text.url)).bytes.toString(), "hello", "as soon as it is acknowledged");
    const [newest] = (await ben.ok("GET", messages())).data;
    assert.deepEqual([newest.type, newest.attachments], ["file", [text]]);
    await ana.ok("DELETE", `/api/chat/messages/${ack.id}`);
    const gone = await chat.next((frame) => frame.event === "message.deleted" && frame.id === ack.id, "the deletion");
    assert.deepEqual(gone.partial.attachments, []);
    assert.deepEqual((await ben.ok("GET", messages())).data[0].attachments, []);
    assert.equal((await read(ben, text.url)).status, 404);
    await device.close();
  });

  test("parts, versions and links of a file", async () => {
    const file = await ana.upload(randomBytes(MIB), "a.bin");
    await send({ body: "here", attachments: [file.id] });
    const whole = await read(ben, file.url);
    const headers = (name) => whole.headers.get(name);
    assert.equal(headers("etag"), `"${file.sha256}"`);
    assert.match(headers("content-security-policy"), /^sandbox;/);
    assert.equal(headers("x-content-type-options"), "nosniff");
    assert.match(headers("content-disposition"), /^attachment; filename="a.bin"/);
    const part = await read(ben, file.url, { range: "bytes=1000-500000" });
    assert.deepEqual([part.status, part.headers.get("content-range")], [206, `bytes 1000-500000/${MIB}`]);
    assert.deepEqual(part.bytes, whole.bytes.subarray(1_000, 500_001));
    assert.equal((await read(ben, file.url, { range: `bytes=${MIB}-` })).status, 416);
    assert.equal((await read(ben, file.url, { "if-none-match": `"${file.sha256}"` })).status, 304);
    const head = await ben.call("HEAD", file.url);
    assert.deepEqual([head.status, head.headers.get("content-type")], [200, "application/octet-stream"]);
    const { url } = await ben.ok("POST", `${file.url}/link`);
    assert.equal((await read(undefined, url)).status, 200);
    assert.equal((await read(undefined, `${url}x`)).status, 401);
    await admin.ok("DELETE", `/api/chat/rooms/${room.id}/members/8`);
    assert.equal((await read(undefined, url)).status, 404, "the link ends with the membership");
    assert.equal((await read(ben, file.url)).status, 404);
  });

  test("files that no message has are deleted after a day", async () => {
    const file = await ana.upload("never sent");
    const key = `files/demo/${file.id}/original`;
    const purge = () => world.engine.schedule("7,22,37,52 * * * *");
    await purge();
    assert.ok((await stored()).includes(key));
    const yesterday = Date.now() - 86_400_000;
    await world.rows("UPDATE files SET claimed_at = ?1, unused_at = ?1 WHERE id = ?2", yesterday, file.id);
    await purge();
    assert.ok(!(await stored()).includes(key));
    assert.equal((await read(ana, file.url)).status, 404);
  });
});
