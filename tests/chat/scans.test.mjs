// Scans of files: the example scanner and a double of clamd, on the real engine and its store.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { scanStream } from "../../examples/clamd-scanner/clamd.mjs";
import { isGenuine, keyOf, scanner } from "../../examples/clamd-scanner/scanner.mjs";
import { EICAR, startClamd } from "../support/clamd.mjs";
import { backend } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const MIB = 1024 * 1024;
const PICTURE = Buffer.from("474946383961030002000000003b", "hex");
const INVITES = "*/10 * * * *";
const slug = (answer) => [answer.status, answer.body?.type?.split("/").at(-1)];

/** Begins to listen; returns the address. */
async function listen(server, port = 0) {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${server.address().port}/`;
}

async function close(server) {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

describe("scans of files", () => {
  let world, admin, ana, ben, room, chat, device, clamd, server, url;
  /** A promise that the scanner waits for before it answers. */
  let held = Promise.resolve();

  before(async () => {
    [world, clamd] = [await startWorld({ limits: WIDE }), await startClamd()];
    admin = world.person("admin", { roles: ["admin"] });
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8", { name: "Ben" })];
    room = await world.room([ana, ben]);
    chat = await ben.chat(room.conversation_id);
    device = await ana.ownChannel();
    await startScanner();
  });
  after(async () => {
    await close(server);
    await Promise.all([chat.close(), device.close(), clamd.close()]);
    await world?.stop();
  });

  async function startScanner() {
    server = scanner({ campana: world.url, key: keyOf("demo-secret"), clamd: clamd.address });
    const [answer] = server.listeners("request");
    server.removeAllListeners("request").on("request", async (...both) => {
      await held;
      answer(...both);
    });
    url = await listen(server, url === undefined ? 0 : Number(new URL(url).port));
    await admin.ok("PATCH", "/api/admin/settings", { files: { scanner_url: url } });
    // Other isolates know the settings within 5 s; this is one.
    await eventually(
      async () => (await admin.ok("GET", "/api/admin/settings")).files.scanner_url === url,
      "the setting",
    );
  }

  /** Lets the scanner wait; returns what ends it. */
  function hold() {
    let release;
    held = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  const messages = () => `/api/chat/conversations/${room.conversation_id}/messages`;
  const send = (attachments, body = "here") => ana.ok("POST", messages(), { body, attachments });
  const stored = async (id) => {
    const bucket = await world.engine.miniflare.getR2Bucket("FILES", "campana");
    return (await bucket.list({ prefix: `files/demo/${id}/` })).objects.map(({ key }) => key);
  };
  const decided = (id) => device.next((frame) => frame.event === "file.updated" && frame.id === id, "the verdict");
  const shown = (id) => chat.next((frame) => frame.event === "message.updated" && frame.id === id, "the status");
  const newest = async () => (await ben.ok("GET", messages())).data[0];

  test("a clean file is readable by others once it is scanned, and by its uploader before", async () => {
    const release = hold();
    const bytes = randomBytes(3 * MIB);
    bytes.fill(0, 0, 16);
    const file = await ana.upload(bytes, "a.bin");
    assert.equal(file.status, "scanning");
    const message = await send([file.id]);
    assert.equal(message.attachments[0].status, "scanning");
    const created = await chat.next((frame) => frame.event === "message.created" && frame.id === message.id, "it");
    assert.equal(created.partial.attachments[0].status, "scanning");
    assert.deepEqual(slug(await ben.call("GET", file.url)), [409, "conflict"]);
    assert.deepEqual(slug(await ben.call("GET", file.url, undefined, { range: "bytes=0-9" })), [409, "conflict"]);
    assert.deepEqual(slug(await ben.call("POST", `${file.url}/link`)), [409, "conflict"]);
    assert.equal((await ana.call("HEAD", file.url)).status, 200);
    release();
    const event = await decided(file.id);
    assert.deepEqual(event.partial, { status: "ready", reason: null });
    const updated = await shown(message.id);
    assert.deepEqual(updated.partial.attachments, [{ ...file, status: "ready" }]);
    assert.ok(updated.seq > created.seq);
    const read = await fetch(world.url + file.url, { headers: { authorization: `Bearer ${ben.token}` } });
    assert.deepEqual(Buffer.from(await read.arrayBuffer()), bytes);
    assert.deepEqual((await newest()).attachments[0].status, "ready");
    const late = await ben.chat(room.conversation_id, { epoch: chat.welcome.epoch, seq: String(created.seq - 1) });
    await late.next((frame) => frame.event === "message.updated" && frame.id === message.id, "the resumed status");
    await late.close();
    assert.equal(clamd.streams.at(-1), bytes.length);
    assert.ok(clamd.largest() < MIB, "the bytes pass through in pieces");
  });

  test("an infected file is never readable by others, and its bytes are deleted", async () => {
    const release = hold();
    const file = await ana.upload(`${"a".repeat(70_000)}${EICAR}`, "invoice.txt");
    const message = await send([file.id]);
    assert.deepEqual(slug(await ben.call("GET", file.url)), [409, "conflict"]);
    release();
    assert.deepEqual((await decided(file.id)).partial, { status: "refused", reason: "Eicar-Test-Signature" });
    const [attachment] = (await shown(message.id)).partial.attachments;
    assert.deepEqual([attachment.status, attachment.variants], ["refused", []]);
    for (const person of [ana, ben]) assert.deepEqual(slug(await person.call("GET", file.url)), [404, "not-found"]);
    assert.deepEqual(await stored(file.id), []);
    assert.equal((await newest()).attachments[0].status, "refused");
    const again = await ana.call("POST", messages(), { attachments: [file.id] });
    assert.deepEqual(slug(again), [422, "invalid"]);
  });

  test("a picture and a resumable upload are scanned too", async () => {
    const picture = await ana.upload(PICTURE, "a.gif");
    assert.deepEqual([picture.type, picture.status], ["image/gif", "scanning"]);
    assert.equal((await decided(picture.id)).partial.status, "ready");
    const tus = { "tus-resumable": "1.0.0" };
    const begun = await ana.call("POST", "/api/chat/uploads", undefined, { ...tus, "upload-length": "5" });
    const path = begun.headers.get("location");
    const headers = { ...tus, "upload-offset": "0", "content-type": "application/offset+octet-stream" };
    const written = await ana.call("PATCH", path, "hello", headers);
    assert.equal(written.status, 204);
    const id = written.headers.get("campana-file");
    assert.equal((await decided(id)).partial.status, "ready");
    assert.equal((await ana.ok("GET", path)).file.status, "ready");
  });

  test("a scanner that is down is asked again, and decides later", async () => {
    await close(server);
    const file = await ana.upload("hello", "b.txt");
    const message = await send([file.id]);
    const tries = async () =>
      (await world.rows("SELECT tries, verdict FROM file_scans WHERE file_id = ?1", file.id))[0];
    const isCounted = async (series) => series.test((await admin.call("GET", "/metrics")).text);
    const failures = /campana_failed_deliveries_total\{[^}]*to="file_scanner"[^}]*\} [1-9]/;
    await eventually(() => isCounted(failures), "the failure");
    await world.engine.schedule(INVITES);
    assert.deepEqual(slug(await ben.call("GET", file.url)), [409, "conflict"], "it stays unreadable");
    assert.equal((await tries()).verdict, null);
    await startScanner();
    await world.rows("UPDATE file_scans SET next_at = 0 WHERE file_id = ?1", file.id);
    await world.engine.schedule(INVITES);
    assert.equal((await shown(message.id)).partial.attachments[0].status, "ready");
    assert.equal((await ben.call("GET", file.url)).text, "hello");
    assert.ok(await isCounted(/campana_file_scans_total\{[^}]*verdict="clean"[^}]*\} [1-9]/));
    assert.ok(await isCounted(/campana_file_scans_total\{[^}]*verdict="infected"[^}]*\} 1/));
  });

  test("the backend reports a verdict once, for files of its own app", async () => {
    const release = hold();
    const file = await ana.upload("waits", "c.txt");
    const report = (app, verdict, secret = `${app.name}-secret`) => {
      const client = backend(world, { appId: app.id, key: `${app.name}-key`, secret });
      const path = `/files/${file.id}/scan`;
      return client.post({ path, body: { verdict } }).then(
        async (response) => [response.status, await response.json()],
        (error) => [error.status],
      );
    };
    const [demo, other] = [
      { id: "1", name: "demo" },
      { id: "2", name: "other" },
    ];
    assert.deepEqual(await report(other, "clean"), [404]);
    assert.deepEqual(await report(demo, "clean", "wrong-secret"), [401]);
    assert.deepEqual(await report(demo, "fine"), [400]);
    assert.deepEqual(await report(demo, "refused"), [200, { status: "refused" }]);
    assert.deepEqual(await report(demo, "refused"), [200, { status: "refused" }]);
    assert.deepEqual(await report(demo, "clean"), [409]);
    assert.equal((await decided(file.id)).partial.status, "refused");
    release();
    assert.equal((await ana.call("GET", file.url)).status, 404);
  });

  test("requests are signed, and the address of the bytes is for the scanner alone", async () => {
    const asked = [];
    const recorder = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const { data } = JSON.parse(body);
      const bytes = await (await fetch(world.url + data.url)).text();
      asked.push({ headers: request.headers, body, data, bytes });
      response.writeHead(202).end();
    });
    const recording = await listen(recorder);
    await admin.ok("PATCH", "/api/admin/settings", { files: { scanner_url: recording } });
    const file = await ana.upload("secret text", "d.txt");
    await eventually(() => asked.length > 0, "the request");
    const [{ headers, body, data, bytes }] = asked;
    assert.deepEqual(data.file, { id: file.id, name: "d.txt", type: "text/plain", size: 11, sha256: file.sha256 });
    assert.equal(bytes, "secret text");
    new Webhook(keyOf("demo-secret")).verify(body, headers);
    assert.ok(isGenuine(headers, body, keyOf("demo-secret")));
    assert.ok(!isGenuine(headers, `${body} `, keyOf("demo-secret")));
    assert.ok(!isGenuine(headers, body, keyOf("other-secret")));
    assert.ok(!isGenuine(headers, body, keyOf("demo-secret"), Date.now() + 600_000));
    const status = async (path) => (await fetch(world.url + path)).status;
    assert.equal(await status(`${data.url}x`), 401, "a changed signature");
    assert.equal(await status(data.url.replace(file.id, crypto.randomUUID())), 404, "another file");
    assert.equal(await status(data.url.replace("/scan?", "?")), 401, "no link of a person");
    const { url: link } = await ana.ok("POST", `${file.url}/link`);
    assert.equal(await status(link.replace("?", "/scan?")), 401, "a person's link");
    await backend(world).post({ path: `/files/${file.id}/scan`, body: { verdict: "clean" } });
    assert.equal(await status(data.url), 404, "the scan is over");
    await admin.ok("PATCH", "/api/admin/settings", { files: { scanner_url: null } });
    const plain = await ana.upload("no scanner", "e.txt");
    assert.equal(plain.status, "ready");
    await close(recorder);
    await admin.ok("PATCH", "/api/admin/settings", { files: { scanner_url: url } });
  });

  test("the example refuses what Campana did not sign", async () => {
    const post = (body, headers = {}) => fetch(url, { method: "POST", body, headers });
    assert.equal((await post("{}")).status, 401);
    const id = "scan_x";
    const timestamp = new Date();
    const body = JSON.stringify({ data: { file: { id: "x", size: 1, sha256: "" }, url: "https://evil.example/x" } });
    const signed = (key) => ({
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(timestamp / 1_000)),
      "webhook-signature": new Webhook(key).sign(id, timestamp, body),
    });
    assert.equal((await post(body, signed(keyOf("another")))).status, 401);
    assert.equal((await post(body, signed(keyOf("demo-secret")))).status, 502, "it reads from Campana alone");
    assert.equal((await fetch(url)).status, 400);
    assert.equal((await post("x".repeat(100_000))).status, 400);
  });
});

describe("the client of clamd", () => {
  const folder = mkdtempSync(join(tmpdir(), "clamd-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const signal = () => AbortSignal.timeout(20_000);

  async function* chunks(...parts) {
    yield* parts.map((part) => Buffer.from(part));
  }

  test("speaks over a Unix socket, and finds what is cut in two", async (t) => {
    const clamd = await startClamd({ path: join(folder, "clamd.ctl") });
    t.after(clamd.close);
    assert.deepEqual(await scanStream(clamd.address, chunks("a", "", "b"), signal()), { verdict: "clean" });
    const cut = chunks(EICAR.slice(0, 30), EICAR.slice(30));
    const infected = { verdict: "infected", reason: "Eicar-Test-Signature" };
    assert.deepEqual(await scanStream(clamd.address, cut, signal()), infected);
    await clamd.close();
    await assert.rejects(scanStream(clamd.address, chunks("a"), signal()));
  });

  test("a stream over clamd's limit is refused, and its memory stays bounded", async (t) => {
    const clamd = await startClamd({ maxBytes: 8 * MIB });
    t.after(clamd.close);
    let read = 0;
    async function* endless() {
      for (; read < 4_000; read += 1) yield Buffer.alloc(65_536);
    }
    const result = await scanStream(clamd.address, endless(), signal());
    assert.deepEqual(result, { verdict: "refused", reason: "larger than the scanner's limit" });
    assert.ok(read < 1_000, `the rest is not read: ${read}`);
  });
});
