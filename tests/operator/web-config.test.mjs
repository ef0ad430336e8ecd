// What a web app learns about the app of its public key, without a token.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startWorld } from "../support/world.mjs";

const SETTINGS = "/api/admin/settings";
const SIGN_IN = { oidc_issuer: "https://id.example.com", oidc_client_id: "campana-web" };

let world, admin;
before(async () => {
  world = await startWorld();
  admin = world.person("admin", { roles: ["admin"] });
});
after(() => world.stop());

async function config(query, headers) {
  const response = await fetch(`${world.url}/api/config${query}`, { headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: text === "" ? undefined : JSON.parse(text) };
}

test("the answer has the documented fields, and no secret or id", async () => {
  const { status, body, text } = await config("?app=demo-key");
  assert.equal(status, 200, text);
  const { features, ...rest } = body;
  assert.deepEqual(rest, { name: null, key: "demo-key", languages: ["en", "es"], sign_in: null });
  assert.deepEqual(features, {
    client_events: true,
    demo_sign_in: true,
    public_chat: true,
    subscription_counts: false,
    user_authentication: false,
    web_push: true,
  });
  assert.doesNotMatch(text, /secret/);
});

test("a change of the settings shows in the answer of this app only", async () => {
  const other = await config("?app=other-key");
  const { etag } = Object.fromEntries((await config("?app=demo-key")).headers);
  assert.equal((await config("?app=demo-key", { "if-none-match": etag })).status, 304);
  await admin.ok("PATCH", SETTINGS, { web: { name: "Torre Norte", languages: ["es"], ...SIGN_IN } });
  const { body } = await config("?app=demo-key", { "if-none-match": etag });
  assert.deepEqual([body.name, body.languages, body.sign_in], ["Torre Norte", ["es"], SIGN_IN]);
  assert.equal((await config("?app=other-key")).text, other.text);
  const half = await admin.call("PATCH", SETTINGS, { web: { oidc_issuer: null } });
  assert.deepEqual([half.status, half.body.errors[0].field], [422, "web.oidc_issuer"]);
});

test("an unknown key is not found, and a missing one is named", async () => {
  const unknown = await config("?app=nobody");
  assert.deepEqual([unknown.status, unknown.body.type], [404, "https://campana.dev/problems/not-found"]);
  const missing = await config("");
  assert.deepEqual([missing.status, missing.body.errors[0].field], [422, "app"]);
});

test("pages of the app's origins may read the answer", async () => {
  const { headers } = await config("?app=demo-key", { origin: "https://page.example" });
  assert.equal(headers.get("access-control-allow-origin"), "https://page.example");
});
