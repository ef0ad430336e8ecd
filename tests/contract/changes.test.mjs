// Breaking changes between two versions of an API document are found, and additions are none.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { changesOfEvents, changesOfHttp, undeclared } from "../../scripts/lib/api-changes.mjs";
import { ROOT } from "../../scripts/lib/root.mjs";

const read = (name) => JSON.parse(readFileSync(join(ROOT, `schema/api/${name}.json`), "utf8"));

/** A small API: a list with a filter, and a creating call. */
function api() {
  return {
    paths: {
      "/things": {
        get: {
          security: [{ bearer: [] }],
          parameters: [{ $ref: "#/components/parameters/Limit" }],
          responses: {
            200: {
              headers: { ETag: {} },
              content: {
                "application/json": { schema: { type: "array", items: { $ref: "#/components/schemas/Thing" } } },
              },
            },
            404: { content: {} },
          },
        },
        post: {
          security: [{ bearer: [] }],
          requestBody: {
            required: false,
            content: { "application/json": { schema: { $ref: "#/components/schemas/NewThing" } } },
          },
          responses: { 200: { content: {} }, 201: { content: {} } },
        },
      },
    },
    components: {
      parameters: { Limit: { name: "limit", in: "query", schema: { type: "integer", maximum: 100 } } },
      schemas: {
        Thing: {
          type: "object",
          required: ["id", "kind"],
          properties: {
            id: { type: "string" },
            kind: { type: "string", enum: ["big", "small"] },
            parts: { type: "array", items: { $ref: "#/components/schemas/Thing" } },
            owner: { anyOf: [{ $ref: "#/components/schemas/Owner" }, { type: "string" }] },
          },
        },
        NewThing: {
          type: "object",
          required: ["kind"],
          properties: {
            kind: { type: "string", enum: ["big", "small"] },
            name: { type: ["string", "null"], maxLength: 10 },
          },
          additionalProperties: false,
        },
        Owner: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
      },
    },
  };
}

/** The breaking changes after `change` has changed the small API. */
function changesAfter(change) {
  const after = api();
  change({
    ...after.components.schemas,
    document: after,
    limit: after.components.parameters.Limit,
    get: after.paths["/things"].get,
    post: after.paths["/things"].post,
    things: after.paths["/things"],
  });
  return changesOfHttp(api(), after);
}

describe("breaking changes of the HTTP API", () => {
  const breaking = {
    "an operation is removed": [({ things }) => delete things.post, "POST /things was removed"],
    "a parameter is removed": [
      ({ get }) => (get.parameters = []),
      "GET /things: the query parameter limit was removed",
    ],
    "a parameter becomes required": [
      ({ limit }) => (limit.required = true),
      "GET /things: the query parameter limit became required",
    ],
    "a required parameter is added": [
      ({ get }) => get.parameters.push({ name: "sort", in: "query", required: true, schema: {} }),
      "GET /things: the query parameter sort is required",
    ],
    "a limit is lowered": [
      ({ limit }) => (limit.schema.maximum = 50),
      "GET /things: the query parameter limit: maximum is 50; it was 100",
    ],
    "a field of a request becomes required": [
      ({ NewThing }) => NewThing.required.push("name"),
      "POST /things: body.name became required",
    ],
    "a field of a request is not taken any more": [
      ({ NewThing }) => delete NewThing.properties.name,
      "POST /things: body.name was removed",
    ],
    "a value of a request is not taken any more": [
      ({ NewThing }) => NewThing.properties.kind.enum.pop(),
      'POST /things: body.kind cannot be "small" any more',
    ],
    "a type of a request is not taken any more": [
      ({ NewThing }) => (NewThing.properties.name.type = "string"),
      "POST /things: body.name has to be string; it could be string or null",
    ],
    "the body becomes required": [
      ({ post }) => (post.requestBody.required = true),
      "POST /things: the body became required",
    ],
    "a field of a response is removed": [
      ({ Thing }) => delete Thing.properties.kind,
      "GET /things: 200[].kind was removed",
    ],
    "a field of a response can be absent": [
      ({ Thing }) => Thing.required.pop(),
      "GET /things: 200[].kind can be absent",
    ],
    "a field of a response can be null": [
      ({ Thing }) => (Thing.properties.id.type = ["string", "null"]),
      "GET /things: 200[].id can be string or null; it was string",
    ],
    "a choice of a response can be null": [
      ({ Thing }) => Thing.properties.owner.anyOf.push({ type: "null" }),
      "GET /things: 200[].owner can be null",
    ],
    "a field of a nested schema is removed": [
      ({ Owner }) => delete Owner.properties.name,
      "GET /things: 200[].owner.name was removed",
    ],
    "a status of success is removed": [
      ({ post }) => delete post.responses[201],
      "POST /things: the status 201 was removed",
    ],
    "a header is removed": [
      ({ get }) => (get.responses[200].headers = {}),
      "GET /things: 200 has no header ETag any more",
    ],
    "a media type is removed": [
      ({ get }) => (get.responses[200].content = {}),
      "GET /things: 200: application/json was removed",
    ],
    "an operation asks for more": [
      ({ get }) => (get.security = [{ bearer: [], key: [] }]),
      "GET /things: bearer does not suffice any more",
    ],
  };
  for (const [name, [change, expected]] of Object.entries(breaking)) {
    test(name, () => assert.deepEqual([...new Set(changesAfter(change))].slice(0, 1), [expected]));
  }

  test("additions, and the removal of a refusal, are none", () => {
    const changes = changesAfter(({ document, get, post, limit, Thing, NewThing }) => {
      document.paths["/others"] = { get: {} };
      get.parameters.push({ name: "sort", in: "query", schema: { type: "string" } });
      delete get.responses[404];
      get.responses[503] = { content: {} };
      get.security = [];
      post.responses[202] = { content: {} };
      limit.schema.maximum = 200;
      Thing.properties.size = { type: "integer" };
      Thing.properties.kind.enum.push("huge");
      Thing.required.push("parts");
      Thing.properties.owner.anyOf.pop();
      NewThing.properties.size = { type: "integer" };
      NewThing.properties.kind.enum.push("huge");
      NewThing.required = [];
    });
    assert.deepEqual(changes, []);
  });

  test("the document itself is compared completely", () => {
    const before = read("openapi");
    assert.deepEqual(changesOfHttp(before, read("openapi")), []);
    const after = read("openapi");
    delete after.components.schemas.Room.properties.name;
    const changes = changesOfHttp(before, after);
    assert.ok(changes.includes("GET /api/chat/rooms/{id}: 200.name was removed"), changes.join("\n"));
  });
});

describe("breaking changes of sockets and webhooks", () => {
  const changesAfter = (change) => {
    const after = read("asyncapi");
    change(after);
    return changesOfEvents(read("asyncapi"), after);
  };

  test("the document does not differ from itself", () =>
    assert.deepEqual(
      changesAfter(() => {}),
      [],
    ));

  test("a channel is removed", () => {
    const changes = changesAfter(({ channels }) => delete channels.me);
    assert.equal(changes[0], "the channel /api/me/socket was removed");
  });

  test("an event is removed, or loses a field", () => {
    const removed = changesAfter(({ operations }) => {
      operations.streamEvents.messages = operations.streamEvents.messages.filter(
        ({ $ref }) => !$ref.endsWith("messageCreated"),
      );
    });
    assert.deepEqual(removed, ["the message messageCreated was removed"]);
    const lost = changesAfter(({ components: { messages, schemas } }) => {
      delete schemas[messages.serverAck.payload.$ref.split("/").at(-1)].properties.seq;
    });
    assert.deepEqual(lost, ["serverAck.seq was removed"]);
  });
});

describe("declarations of breaking changes", () => {
  const reason = "It was always null.";

  test("a change has to be declared, with a reason", () => {
    assert.deepEqual(undeclared([], []), []);
    assert.deepEqual(undeclared(["a was removed"], []), ["breaking change: a was removed"]);
    assert.deepEqual(undeclared(["a was removed"], [{ change: "a was removed", reason }]), []);
    assert.deepEqual(undeclared(["a was removed"], [{ change: "a was removed", reason: " " }]), [
      "declared without a reason: a was removed",
    ]);
  });

  test("a declaration needs a change", () => {
    assert.deepEqual(undeclared([], [{ change: "a was removed", reason }]), ["declared, but no change: a was removed"]);
  });
});
