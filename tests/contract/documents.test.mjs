// The comparison of responses and frames with the API documents notices what they do not describe.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { takeFaults } from "../support/documents/faults.mjs";
import { compareClose, compareFrame, compareMessage } from "../support/documents/frames.mjs";
import { responseFaults } from "../support/documents/responses.mjs";
import { startWorld } from "../support/world.mjs";

const JSON_TYPE = { "content-type": "application/json" };
const PROBLEM_TYPE = { "content-type": "application/problem+json" };
const PROBLEM = { title: "Not found", status: 404, detail: "there is no such room", errors: [] };

const faultsOf = (method, path, status, headers, body) =>
  responseFaults(method, path, { status, headers: new Headers(headers) }, body && JSON.stringify(body)).join("\n");

describe("responses", () => {
  let world, me;

  before(async () => {
    world = await startWorld();
    me = await world.person("7").ok("GET", "/api/me");
  });
  after(() => world.stop());

  test("a described response has no fault", async () => {
    const headers = { ...JSON_TYPE, "x-request-id": "1", ratelimit: "1", "ratelimit-policy": "1", etag: '"1"' };
    assert.equal(faultsOf("GET", "/api/me", 200, headers, me), "");
    const problem = { ...PROBLEM, type: "https://campana.dev/problems/not-found" };
    assert.equal(faultsOf("GET", "/api/chat/rooms/1", 404, PROBLEM_TYPE, problem), "");
    assert.equal(faultsOf("GET", "/api/none", 404, PROBLEM_TYPE, problem), "");
  });

  test("a status, a header and a content type have to be described", () => {
    assert.match(faultsOf("GET", "/api/me", 418, JSON_TYPE, me), /the status is not described/);
    assert.match(faultsOf("GET", "/api/me", 200, { ...JSON_TYPE, location: "/" }, me), /the header location/);
    assert.match(faultsOf("GET", "/api/me", 200, { "content-type": "text/html" }), /the content type text\/html/);
    assert.match(faultsOf("GET", "/api/me", 200, { ...JSON_TYPE, sunset: "now" }, me), /deprecated/);
  });

  test("a body has all fields of its schema and no other ones", () => {
    assert.match(faultsOf("GET", "/api/me", 200, JSON_TYPE, { ...me, more: 1 }), /additional properties.*more/);
    assert.match(faultsOf("GET", "/api/me", 200, JSON_TYPE, { ...me, name: 1 }), /\/name must be string/);
    const { name, ...less } = me;
    assert.match(faultsOf("GET", "/api/me", 200, JSON_TYPE, less), /required property 'name'/, name);
  });

  test("a problem has a type that the operation describes", () => {
    const problem = { ...PROBLEM, type: "https://campana.dev/problems/gone" };
    assert.match(faultsOf("GET", "/api/chat/rooms/1", 404, PROBLEM_TYPE, problem), /problems\/gone is not described/);
  });

  test("a path or method without an operation is refused", () => {
    assert.match(faultsOf("GET", "/api/none", 200, JSON_TYPE, {}), /no operation is described/);
    assert.match(faultsOf("PUT", "/api/me", 204, {}), /no operation is described/);
    assert.equal(faultsOf("GET", "/chat", 200, { "content-type": "text/html" }), "");
  });

  test("fetch fails for a response that is not described", async () => {
    const original = globalThis.Response;
    const body = { ...me, surprise: 1 };
    // The engine cannot be made to send a wrong response, so the response's text is replaced.
    const text = original.prototype.text;
    original.prototype.text = async () => JSON.stringify(body);
    try {
      await assert.rejects(world.person("7").call("GET", "/api/me"), /undocumented: GET \/api\/me: 200.*surprise/);
    } finally {
      original.prototype.text = text;
    }
    assert.equal(takeFaults().length, 1);
  });
});

describe("frames", () => {
  const ack = { type: "ack", client_msg_id: "1", id: "0190a7c0-0000-7000-8000-000000000002", seq: 1 };
  const complete = { ...ack, created_at: "2026-01-31T09:05:00.120Z" };
  const faultOf = (check) => {
    const error = check();
    assert.equal(takeFaults().length, error === undefined ? 0 : 1);
    return error?.message ?? "";
  };

  test("described frames have no fault, alone, in a batch and as text", () => {
    assert.equal(
      faultOf(() => compareMessage("conversation", JSON.stringify(complete))),
      "",
    );
    assert.equal(
      faultOf(() => compareMessage("conversation", JSON.stringify([complete, complete]))),
      "",
    );
    assert.equal(
      faultOf(() => compareMessage("conversation", "pong")),
      "",
    );
    assert.equal(
      faultOf(() => compareClose("conversation", 4401)),
      "",
    );
  });

  test("other frames and close codes are noticed", () => {
    assert.match(
      faultOf(() => compareFrame("conversation", ack)),
      /required property 'created_at'/,
    );
    assert.match(
      faultOf(() => compareFrame("conversation", { ...complete, more: 1 })),
      /additional properties/,
    );
    assert.match(
      faultOf(() => compareMessage("conversation", JSON.stringify([complete, ack]))),
      /created_at/,
    );
    assert.match(
      faultOf(() => compareFrame("me", complete)),
      /ownApplicationEvent/,
    );
    assert.match(
      faultOf(() => compareClose("conversation", 4999)),
      /the close code 4999/,
    );
  });

  test("the content of a Pusher frame is compared too", () => {
    const frame = (data) => ({ event: "pusher:connection_established", data: JSON.stringify(data) });
    const handshake = { socket_id: "1.2", activity_timeout: 30 };
    assert.equal(
      faultOf(() => compareFrame("pusher", frame(handshake))),
      "",
    );
    assert.match(
      faultOf(() => compareFrame("pusher", frame({ socket_id: "1.2" }))),
      /activity_timeout/,
    );
    const broken = { event: "pusher:connection_established", data: "{" };
    assert.match(
      faultOf(() => compareFrame("pusher", broken)),
      /contains no JSON/,
    );
  });
});
