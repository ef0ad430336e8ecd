// Requirements on tokens, keys that verify them, and the count of failures, end to end.
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { secretKeyId } from "../../scripts/lib/app-output.mjs";
import { AppCommand, setting } from "../support/app-command.mjs";
import { eventually, startWorld } from "../support/world.mjs";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwk = (pair, kid) => ({ ...pair.publicKey.export({ format: "jwk" }), kid });
const es256 = (data) => sign("sha256", data, { key: ec.privateKey, dsaEncoding: "ieee-p1363" });
const hs256 = (secret) => (data) => createHmac("sha256", secret).update(data).digest();
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function token(header, claims, signer) {
  const good = { sub: "7", name: "Ana", tenant: "demo", exp: Math.floor(Date.now() / 1000) + 3_600 };
  const signed = `${encode(header)}.${encode({ ...good, ...claims })}`;
  return `${signed}.${signer(Buffer.from(signed)).toString("base64url")}`;
}

let world, command, publisher, address, answer;
const seen = [];

before(async () => {
  publisher = createServer((request, response) => {
    seen.push(request.url);
    answer(response);
  });
  await new Promise((resolve) => publisher.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${publisher.address().port}`;
  world = await startWorld();
  command = new AppCommand(world);
});
after(async () => {
  await world?.stop();
  publisher?.close();
});
beforeEach(() => {
  seen.length = 0;
  answer = (response) => response.end(JSON.stringify({ keys: [jwk(ec, "e1")] }));
});

const me = async (bearer) => {
  const response = await fetch(`${world.url}/api/me`, { headers: { authorization: `Bearer ${bearer}` } });
  return response.status;
};
const failures = async () => {
  const { auth_failures, auth_failures_without_app } = await world
    .person("1", { roles: ["admin"] })
    .ok("GET", "/api/admin/stats");
  return { ...auth_failures, without_app: auth_failures_without_app };
};
/** A new app whose keys are at this path of the publisher. */
let apps = 100;
async function appWithKeys(path) {
  apps += 1;
  const [id, tenant] = [String(apps), `tenant-${apps}`];
  await command.run(["create", "--tenant", tenant, "--id", id]);
  await command.run(["jwks", id, "--url", `${address}${path}`, "--unchecked"]);
  return { id, tenant, byKey: (kid = "e1") => token({ alg: "ES256", kid }, { tenant }, es256) };
}

test("required issuer and audience are settings, and tokens without them are refused and counted", async () => {
  const admin = world.person("1", { roles: ["admin"] });
  const { auth } = await admin.ok("GET", "/api/admin/settings");
  assert.deepEqual([auth.issuer, auth.audience], [null, null]);
  const other = await command.run(["create", "--tenant", "strict", "--id", "60"]);
  const secret = setting(other, "REVERB_APP_SECRET");
  await command.run(["set", "60", "auth.issuer=https://id.example", "auth.audience=chat"]);
  const by = (claims) => me(token({ alg: "HS256" }, { tenant: "strict", ...claims }, hs256(secret)));
  await eventually(async () => (await by({})) === 401, "the setting to be known");
  assert.equal(await by({ iss: "https://id.example", aud: "chat" }), 200);
  assert.equal(await by({ iss: "https://id.example", aud: ["web", "chat"] }), 200);
  assert.equal(await by({ iss: "https://id.example/", aud: "chat" }), 401);
  assert.equal(await by({ iss: "https://id.example", aud: ["web"] }), 401);
  assert.match(await command.refused(["set", "60", "auth.issuer="]), /auth\.issuer: is not a text/);
  const metrics = token(
    { alg: "HS256" },
    { tenant: "strict", iss: "https://id.example", aud: "chat", roles: ["admin"] },
    hs256(secret),
  );
  const response = await fetch(`${world.url}/metrics`, { headers: { authorization: `Bearer ${metrics}` } });
  const text = await response.text();
  assert.match(text, /^campana_auth_failures_total\{app="60",reason="wrong_issuer"\} [1-9]/m);
  assert.match(text, /^campana_auth_failures_total\{app="60",reason="wrong_audience"\} 1$/m);
});

test("the kid of an HS256 token chooses between the two secrets of a rotation", async () => {
  const made = await command.run(["create", "--tenant", "turning", "--id", "61"]);
  const [old, oldId] = ["REVERB_APP_SECRET", "CAMPANA_KEY_ID"].map((name) => setting(made, name));
  assert.equal(oldId, secretKeyId(old));
  const rotated = await command.run(["rotate", "61"]);
  const [fresh, freshId] = ["REVERB_APP_SECRET", "CAMPANA_KEY_ID"].map((name) => setting(rotated, name));
  const by = (kid, secret) => me(token({ alg: "HS256", kid }, { tenant: "turning" }, hs256(secret)));
  await eventually(async () => (await by(freshId, fresh)) === 200, "the new secret to be known");
  assert.equal(await by(oldId, old), 200);
  assert.equal(await by(undefined, old), 200);
  assert.equal(await by(oldId, fresh), 401);
  assert.equal(await by(freshId, old), 401);
  assert.equal(await by("e1", fresh), 401);
});

test("keys at an address that does not work are not fetched for every request", async () => {
  const broken = {
    "/status": (response) => response.writeHead(500).end(),
    "/redirect": (response) => response.writeHead(302, { location: `${address}/elsewhere` }).end(),
    "/text": (response) => response.end("no JSON"),
    "/long": (response) => response.end(JSON.stringify({ keys: [jwk(ec, "e1")], more: "x".repeat(70_000) })),
    "/endless": (response) => {
      const write = () => response.write("x".repeat(65_536), (error) => error || write());
      write();
    },
    "/gone": (response) => response.destroy(),
  };
  for (const [path, reply] of Object.entries(broken)) {
    answer = reply;
    const { byKey } = await appWithKeys(path);
    const answers = await Promise.all(Array.from({ length: 5 }, () => me(byKey())));
    answers.push(await me(byKey("another")));
    assert.deepEqual(new Set(answers), new Set([503]), path);
    assert.deepEqual(seen.splice(0), [path], `one fetch, and no redirect is followed`);
  }
});

test("an unknown kid causes no fetch while the keys are new", async () => {
  const { byKey } = await appWithKeys("/good");
  assert.equal(await me(byKey()), 200);
  for (const kid of ["x", "y", "z"]) assert.equal(await me(byKey(kid)), 401);
  assert.deepEqual(seen, ["/good"]);
});

test("a command sets the keys after a check", async () => {
  const file = join(world.persist, "keys.json");
  const write = (value) => writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
  const refused = (value) => {
    write(value);
    return command.refused(["jwks", "2", "--file", file]);
  };
  const privateKey = { ...ec.privateKey.export({ format: "jwk" }), kid: "e1" };
  assert.match(await refused("no JSON"), /of the form/);
  assert.match(await refused({ keys: [] }), /no key for RS256/);
  assert.match(await refused({ keys: [privateKey] }), /private key/);
  assert.match(await refused({ keys: [{ kty: "oct", k: "c2VjcmV0" }] }), /symmetric/);
  assert.match(await refused({ keys: [{ kty: "RSA", n: "AQAB", e: "AQAB" }] }), /no key for RS256/);
  assert.match(await refused({ keys: [jwk(ec, "e1"), jwk(ec, "e1")] }), /same kid/);
  assert.match(await command.refused(["jwks", "2", "--file", join(world.persist, "absent")]), /cannot be read/);
  assert.match(await command.refused(["jwks", "2", "--url", "ftp://a.example"]), /--url is/);
  assert.match(await command.refused(["jwks", "2"]), /pass one of/);
  answer = (response) => response.writeHead(404).end();
  assert.match(await command.refused(["jwks", "2", "--url", `${address}/x`]), /answers 404/);
  assert.deepEqual(await world.rows("SELECT jwks, jwks_url FROM apps WHERE id = '2'"), [
    { jwks: null, jwks_url: null },
  ]);

  write({ keys: [jwk(ec, "e1"), jwk(rsa, "r1"), { kty: "OKP", crv: "Ed25519", x: "AA" }] });
  assert.match(await command.run(["jwks", "2", "--file", file]), /jwks: e1 r1$/m);
  const bearer = token({ alg: "ES256", kid: "e1" }, { tenant: "other" }, es256);
  await eventually(async () => (await me(bearer)) === 200, "the keys to be known");
  answer = (response) => response.end(JSON.stringify({ keys: [jwk(rsa, "r1")] }));
  assert.match(await command.run(["jwks", "2", "--url", `${address}/keys`]), /jwks: http/);
  await eventually(async () => (await me(bearer)) === 401, "the keys of the file to be gone");
  assert.doesNotMatch(await command.run(["jwks", "2", "--none"]), /jwks:/);
});

test("a public key is no HMAC secret, whatever kid and alg say", async () => {
  const { byKey, id, tenant } = await appWithKeys("/confused");
  assert.equal(await me(byKey()), 200);
  const pem = ec.publicKey.export({ type: "spki", format: "pem" });
  const shown = await command.run(["show", id, "--secret"]);
  const kids = ["e1", setting(shown, "CAMPANA_KEY_ID"), undefined];
  for (const kid of kids) {
    for (const key of [pem, JSON.stringify(jwk(ec, "e1")), "", "e1"]) {
      assert.equal(await me(token({ alg: "HS256", kid }, { tenant }, hs256(key))), 401);
    }
    for (const alg of ["none", "None", "HS384", "ES384", "PS256"]) {
      assert.equal(await me(token({ alg, kid }, { tenant }, () => Buffer.alloc(0))), 401);
      assert.equal(await me(token({ alg, kid }, { tenant }, es256)), 401);
    }
  }
});

test("failed authentications are counted by reason, and a flood of them is not a write each", async () => {
  const earlier = await failures();
  const bad = token({ alg: "HS256" }, {}, hs256("guess"));
  await Promise.all(Array.from({ length: 40 }, () => me(bad)));
  await fetch(`${world.url}/api/me`);
  await me(token({ alg: "HS256" }, { exp: 1 }, hs256("demo-secret")));
  await fetch(`${world.url}/apps/1/channels?auth_key=demo-key&auth_version=1.0&auth_timestamp=1&auth_signature=00`);
  await fetch(`${world.url}/app/no-such-key?protocol=7`, { headers: { upgrade: "websocket" } }).catch(() => {});
  const later = await failures();
  const more = (reason) => later[reason] - earlier[reason];
  assert.deepEqual([more("bad_signature"), more("expired"), more("stale_timestamp")], [40, 1, 1]);
  assert.equal(later.without_app.missing_token - earlier.without_app.missing_token, 1);
  assert.equal(more("bad_request_signature"), 0);
});
