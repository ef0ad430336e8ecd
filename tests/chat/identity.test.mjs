// Identity on the real engine: an app's published keys, users in the record, and production mode.
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { startWorld } from "../support/world.mjs";

const HOUR = 3_600;
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token signed by `signer`, with valid claims unless overridden. */
function token(header, claims, signer) {
  const good = { sub: "7", name: "Ana", tenant: "demo", exp: Math.floor(Date.now() / 1000) + HOUR };
  const signed = `${encode(header)}.${encode({ ...good, ...claims })}`;
  return `${signed}.${signer(Buffer.from(signed)).toString("base64url")}`;
}

describe("identity", () => {
  let world, publisher, fetched;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const rs256 = (data) => sign("sha256", data, rsa.privateKey);
  const es256 =
    (pair = ec) =>
    (data) =>
      sign("sha256", data, { key: pair.privateKey, dsaEncoding: "ieee-p1363" });

  before(async () => {
    const jwk = (pair, kid, alg) => ({ ...pair.publicKey.export({ format: "jwk" }), kid, alg, use: "sig" });
    fetched = 0;
    publisher = createServer((_request, response) => {
      fetched += 1;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ keys: [jwk(rsa, "r1", "RS256"), jwk(ec, "e1", "ES256")] }));
    });
    await new Promise((resolve) => publisher.listen(0, "127.0.0.1", resolve));
    world = await startWorld({ jwks: `http://127.0.0.1:${publisher.address().port}/keys` });
  });
  after(async () => {
    await world.stop();
    publisher.close();
  });

  const me = async (bearer, url = world.url) => {
    const response = await fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${bearer}` } });
    return { status: response.status, body: await response.json() };
  };

  test("RS256 and ES256 tokens are verified with an app's published keys, which are fetched once", async () => {
    for (let i = 0; i < 3; i++) {
      assert.equal((await me(token({ alg: "RS256", kid: "r1" }, {}, rs256))).status, 200);
      assert.equal((await me(token({ alg: "ES256", kid: "e1" }, { sub: "8", name: "Ben" }, es256()))).status, 200);
    }
    assert.ok(fetched <= 2, `fetched ${fetched} times`);
  });

  test("a socket opens with a token of a published key", async () => {
    const bearer = token({ alg: "ES256", kid: "e1" }, {}, es256());
    const person = Object.assign(world.person("7"), { token: bearer });
    const chat = await person.ownChannel();
    await chat.close();
  });

  test("[I5] other keys, mixed-up algorithms and unknown key ids are refused", async () => {
    const publicPem = rsa.publicKey.export({ type: "spki", format: "pem" });
    const byPublicKey = (data) => createHmac("sha256", publicPem).update(data).digest();
    const bad = {
      "another key under a known id": token({ alg: "ES256", kid: "e1" }, {}, es256(stranger)),
      "an unknown key id": token({ alg: "ES256", kid: "e9" }, {}, es256()),
      "the algorithm of another key": token({ alg: "RS256", kid: "e1" }, {}, rs256),
      "HS256 by the public key": token({ alg: "HS256", kid: "r1" }, {}, byPublicKey),
      "no signature": token({ alg: "none" }, {}, () => Buffer.alloc(0)),
      "a tenant that does not exist": token({ alg: "ES256", kid: "e1" }, { tenant: "nowhere" }, es256()),
      "a tenant with other keys": token({ alg: "ES256", kid: "e1" }, { tenant: "other" }, es256()),
    };
    for (const [kind, bearer] of Object.entries(bad)) {
      const { status, body } = await me(bearer);
      assert.deepEqual([status, body.status], [401, 401], kind);
    }
    const now = Math.floor(Date.now() / 1000);
    const late = await me(token({ alg: "ES256", kid: "e1" }, { exp: now - 120 }, es256()));
    assert.deepEqual([late.status, late.body.type], [401, "https://campana.dev/problems/token-expired"]);
    const skewed = await me(token({ alg: "ES256", kid: "e1" }, { iat: now + 30, nbf: now + 30 }, es256()));
    assert.equal(skewed.status, 200, "30 s of clock skew are tolerated");
  });

  test("a user is recorded at the first request, and when the name or the avatar changes", async () => {
    const row = () => world.rows("SELECT name, avatar FROM users WHERE tenant_id = 'demo' AND id = '77'");
    const see = (claims) => me(token({ alg: "ES256", kid: "e1" }, { sub: "77", ...claims }, es256()));
    assert.deepEqual(await row(), []);
    await see({ name: "Eva" });
    assert.deepEqual(await row(), [{ name: "Eva", avatar: null }]);
    await see({ name: "Eva Maria", avatar: "https://example.com/eva.png" });
    assert.deepEqual(await row(), [{ name: "Eva Maria", avatar: "https://example.com/eva.png" }]);
  });

  test("production refuses the demo secret and the demo's endpoints", async () => {
    const production = await startWorld({ vars: { ENVIRONMENT: "production" } });
    try {
      const demo = await production.person("7").call("GET", "/api/me");
      assert.equal(demo.status, 401, demo.text);
      const other = await production.person("7", { tenant: "other" }).call("GET", "/api/me");
      assert.equal(other.status, 200);
      for (const [method, path] of [
        ["GET", "/api/demo/people"],
        ["POST", "/api/demo/token"],
      ]) {
        const response = await fetch(production.url + path, { method });
        assert.equal(response.status, 404, path);
      }
    } finally {
      await production.stop();
    }
  });
});
