// What operators change by scripts/app: its audit entries, and how secrets are stored.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { OPERATOR, OPERATOR_ACTIONS } from "../../scripts/lib/app-audit.mjs";
import { SealedSecrets } from "../../scripts/lib/sealed-secrets.mjs";
import { signToken } from "../../scripts/lib/token.mjs";
import { AppCommand, setting } from "../support/app-command.mjs";
import { eventually, startWorld } from "../support/world.mjs";

const SECRET = "0123456789abcdef0123";
let world, command, printed;

before(async () => {
  world = await startWorld();
  command = new AppCommand(world);
  printed = await command.run(["create", "--tenant", "acme", "--id", "50", "--origin", "https://acme.example"]);
});
after(() => world?.stop());

const storedSecrets = async (id) => {
  const [row] = await world.rows("SELECT secret, previous_secret FROM apps WHERE id = ?1", id);
  return row;
};
const keys = () => new SealedSecrets(readFileSync(join(world.persist, "secrets-key"), "utf8").trim());
const status = async (secret, tenant) => {
  const token = signToken({ user: "7", name: "Ana", tenant, secret });
  const response = await fetch(`${world.url}/api/me`, { headers: { authorization: `Bearer ${token}` } });
  return response.status;
};
const audits = async (tenant, secret) => {
  const token = signToken({ user: "1", name: "Admin", tenant, secret, roles: ["admin"] });
  const response = await fetch(`${world.url}/api/admin/audits?limit=100`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(response.status, 200);
  return (await response.json()).data;
};

test("every change of an app by an operator is in the audit log of its tenant, without secrets", async () => {
  const first = setting(printed, "REVERB_APP_SECRET");
  const file = join(world.persist, "jwks.json");
  const jwk = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
  writeFileSync(file, JSON.stringify({ keys: [{ ...jwk, kid: "e1" }] }));
  const hook = "https://acme.example/hook?token=hidden";
  const rotated = await command.run(["rotate", "50"]);
  const secret = setting(rotated, "REVERB_APP_SECRET");
  for (const words of [
    ["end-rotation", "50"],
    ["end-rotation", "50"],
    ["disable", "50"],
    ["disable", "50"],
    ["enable", "50"],
    ["origins", "50", "*"],
    ["webhook", "50", "--url", hook, "--event", "member_added"],
    ["webhook", "50", "--remove", hook],
    ["jwks", "50", "--file", file],
    ["jwks", "50", "--none"],
  ]) {
    await command.run(words);
  }
  await eventually(async () => (await status(secret, "acme")) === 200, "the new secret to be known");
  const entries = await audits("acme", secret);
  const done = entries.map(({ action }) => action).reverse();
  const expected = OPERATOR_ACTIONS.filter((action) => action !== "app.secrets_encrypted");
  assert.deepEqual(new Set(done), new Set(expected));
  assert.equal(
    done.length,
    expected.length + 1,
    "an entry for each change, jwks twice, and none where nothing changed",
  );
  assert.equal(done[0], "app.created");
  for (const entry of entries) {
    const { actor_id, target_type, target_id, created_at } = entry;
    assert.deepEqual({ actor_id, target_type, target_id }, { actor_id: OPERATOR, target_type: "app", target_id: "50" });
    assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < 120_000);
  }
  const text = JSON.stringify(entries);
  for (const hidden of [first, secret, "token=hidden", "sealed."]) assert.ok(!text.includes(hidden), hidden);
  const about = (action) => entries.find((entry) => entry.action === action).metadata;
  assert.deepEqual(about("app.origins_updated").origins, [["https://acme.example"], ["*"]]);
  assert.equal(about("app.webhook_added").url_host, "acme.example");
  assert.deepEqual((await audits("other", "other-secret")).length, 0, "other tenants see nothing");
});

test("a refused change leaves no audit entry", async () => {
  const count = async () => (await world.rows("SELECT COUNT(*) AS n FROM admin_audits"))[0].n;
  const earlier = await count();
  await command.refused(["create", "--tenant", "acme"]);
  await command.refused(["webhook", "50", "--remove", "https://nobody.example"]);
  await command.refused(["origins", "50", "nonsense"]);
  assert.equal(await count(), earlier);
});

test("new and rotated secrets are encrypted in the record, and work", async () => {
  const made = await command.run(["create", "--tenant", "sealed", "--id", "51"]);
  const first = setting(made, "REVERB_APP_SECRET");
  const { secret: stored } = await storedSecrets("51");
  assert.match(stored, /^sealed\.1\.[0-9a-f]{16}\.[\w-]+$/);
  assert.equal(keys().open({ id: "51", tenant_id: "sealed" }, stored), first);
  assert.equal(await status(first, "sealed"), 200);

  const fresh = setting(await command.run(["rotate", "51"]), "REVERB_APP_SECRET");
  const row = await storedSecrets("51");
  assert.equal(row.previous_secret, stored);
  assert.ok(!row.secret.includes(fresh) && row.secret.startsWith("sealed."));
  await eventually(async () => (await status(fresh, "sealed")) === 200, "the new secret to be known");
  assert.equal(await status(first, "sealed"), 200);
  assert.equal(setting(await command.run(["show", "51", "--secret"]), "REVERB_APP_SECRET"), fresh);
});

test("secrets of earlier releases work until a command encrypts them, which can be repeated", async () => {
  assert.equal((await storedSecrets("2")).secret, "other-secret");
  assert.equal(await status("other-secret", "other"), 200);
  const text = await command.run(["encrypt"]);
  assert.match(text, /^encrypted the secrets of 2 apps 1 2$/m);
  const { secret: stored } = await storedSecrets("2");
  assert.equal(keys().open({ id: "2", tenant_id: "other" }, stored), "other-secret");
  assert.match(await command.run(["encrypt"]), /^encrypted the secrets of 0 apps$/m);
  assert.deepEqual(await storedSecrets("2"), { secret: stored, previous_secret: null });
  await world.engine.reload();
  assert.equal(await status("other-secret", "other"), 200, "an edge with empty caches decrypts it");
  const [entry] = await audits("other", "other-secret");
  assert.deepEqual([entry.action, entry.metadata.key_id], ["app.secrets_encrypted", keys().keyId]);
});

test("after a change of the key the older one decrypts until everything is encrypted again", async () => {
  const file = join(world.persist, "secrets-key");
  const older = readFileSync(file, "utf8").trim();
  const newer = (await command.run(["secrets-key"])).trim();
  assert.match(newer, /^[\w-]{43}$/);
  writeFileSync(file, `${newer},${older}\n`);
  assert.match(await command.run(["encrypt"]), /^encrypted the secrets of 4 apps /m);
  writeFileSync(file, `${newer}\n`);
  const { secret: stored } = await storedSecrets("2");
  assert.ok(stored.startsWith(`sealed.1.${keys().keyId}.`));
  writeFileSync(file, `${older}\n`);
  assert.match(await command.refused(["show", "2", "--secret"]), /^the secret of app 2 needs the key [0-9a-f]{16}/);
  assert.match(await command.run(["list"]), /app 2 /, "what needs no secret works without the key");
  writeFileSync(file, `${newer}\n`);
});

test("an app of another server moves with its id, key and secret, which is read from standard input", async () => {
  const take = (id, key, secret, ...more) => {
    return command.run(["create", "--id", id, "--key", key, "--secret", ...more], secret);
  };
  const taken = await take("1234567", "app-key", `${SECRET}\n`, "--tenant", "moved");
  assert.match(taken, /^app 1234567 {2}tenant moved {2}key app-key {2}enabled$/m);
  assert.equal(setting(taken, "REVERB_APP_SECRET"), SECRET);
  assert.ok(!JSON.stringify(await storedSecrets("1234567")).includes(SECRET));
  assert.match(await take("1234568", "another-key", SECRET), /tenant 1234568 /, "the tenant defaults to the id");

  const refused = (words, secret) => command.refused(["create", ...words], secret);
  const like = (id, key) => ["--id", id, "--key", key, "--secret"];
  assert.match(await refused(like("1234567", "new-key"), SECRET), /already there/);
  assert.match(await refused(like("9", "app-key"), SECRET), /already there/);
  for (const key of ["a:b-c-d", "abc", "ключ-ключ", "a b c d", "x".repeat(129)]) {
    assert.match(await refused(like("9", key), SECRET), /a key has/);
  }
  for (const secret of ["", "short", `${SECRET} with spaces`, "x".repeat(257), `sealed.1.${SECRET}`]) {
    assert.match(await refused(like("9", "new-key"), secret), /a secret has/);
  }
  assert.match(await refused(["--id", "9", "--key", "new-key"]), /belong together/);
  assert.match(await refused(["--id", "9", "--secret"], SECRET), /belong together/);
  assert.match(await refused(["--key", "new-key", "--secret"], SECRET), /--id is missing/);
});
