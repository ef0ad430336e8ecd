// The log of the edge: every line is one JSON object, whatever clients send, and has no text of theirs.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { wire } from "../support/pusher.mjs";
import { RawHttp } from "../support/raw-http.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

/** Names that a log could mistake for its own syntax. Each contains `marker`, which no line may contain. */
const marker = "h0stile";
const HOSTILE = [
  `${marker}" , "level":"error`,
  `${marker}\n{"level":"error"}\r\n`,
  `${marker}\\`,
  `${marker}\u2028\u2029\u0085`,
  `\u202e${marker}\u200f\ufeff`,
  `${marker}\u0000\u0007\u001b[31m\u007f`,
  `${marker}\ud800`,
  `\udfff${marker}`,
  `${marker}${"x".repeat(20_000)}`,
  `<script>${marker}</script>`,
];

describe("log", () => {
  const lines = [];
  let world, admin, room;

  before(async () => {
    const onLog = ({ message }) => lines.push(message);
    world = await startWorld({ limits: WIDE, vars: { LOG_LEVEL: "info" }, onLog });
    admin = world.person("1", { roles: ["admin"] });
    room = await world.room([]);
  });
  after(() => world.stop());

  /** The lines of requests so far. */
  const requests = () =>
    lines.map((line) => JSON.parse(line)).filter(({ at, level }) => at === "http" && level === "info");

  test("every line is JSON, and none quotes a client", async () => {
    for (const [index, text] of HOSTILE.entries()) {
      const person = world.person(`u${index}`, { name: text });
      await person.call("GET", "/api/me");
      await person.call("POST", "/api/chat/rooms", { name: text, [text]: text });
      await admin.call("POST", "/api/chat/rooms", { name: text, description: text });
      await admin.call("POST", `/api/chat/rooms/${room.id}/messages`, { body: text, client_msg_id: text });
      const encoded = encodeURIComponent(text.toWellFormed());
      await admin.call("GET", `/api/chat/rooms/${encoded.slice(0, 2_000)}`);
      await admin.call("GET", `/api/chat/users?q=${encoded.slice(0, 2_000)}`);
      await admin.call("POST", "/api/chat/rooms", `{"name": "\\ud800${marker}", "${marker}\\udfff": 1`);
      await fetch(`${world.url}/api/me`, { headers: { authorization: `Bearer ${encoded.slice(0, 2_000)}` } });
      const client = await wire(world);
      client.send({ event: "pusher:subscribe", data: { channel: text } });
      client.send({ event: text, channel: text, data: text });
      await client.close();
    }
    for (const id of [`${marker}"`, `${marker}{}`, "x".repeat(5_000), `${marker} \u00e9`]) {
      const head = [`GET /api/me HTTP/1.1`, `x-request-id: ${id}`, `user-agent: ${id}`, `cf-connecting-ip: ${id}`];
      await RawHttp.exchange(world, head);
    }
    await world.engine.schedule("*/10 * * * *");
    await admin.call("GET", "/api/me", undefined, { "x-request-id": "the-last-one" });
    await eventually(() => requests().some(({ request_id }) => request_id === "the-last-one"), "the last line");

    assert.ok(lines.length > HOSTILE.length * 8, `${lines.length} lines`);
    for (const line of lines) {
      const read = JSON.parse(line);
      assert.ok(["info", "warning", "error"].includes(read.level), line);
      assert.equal(typeof read.at, "string", line);
      assert.doesNotMatch(line, /[\n\r]/);
      assert.ok(!line.includes(marker), line);
    }
  });

  test("a request's line names the route, the outcome, the time and the app", async () => {
    await admin.call("GET", "/api/chat/rooms/no-such-room", undefined, { "x-request-id": "an-outcome" });
    const line = await eventually(() => requests().find(({ request_id }) => request_id === "an-outcome"), "its line");
    const { ms, ...others } = line;
    assert.ok(Number.isInteger(ms) && ms >= 0, `${ms} ms`);
    assert.deepEqual(others, {
      level: "info",
      at: "http",
      request_id: "an-outcome",
      method: "GET",
      path: "/api/chat/rooms/{id}",
      status: 404,
      problem: "not-found",
      app: "1",
    });
    for (const { path } of requests()) assert.match(path, /^(\/[a-z_/{}-]*)?$/, "only templates");
  });
});
