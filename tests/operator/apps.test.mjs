// scripts/app on the database of a running edge.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { isOnInternet } from "../../scripts/lib/app-address.mjs";
import { batchText, inline } from "../../scripts/lib/record.mjs";
import { ROOT } from "../../scripts/lib/root.mjs";
import { signToken } from "../../scripts/lib/token.mjs";
import { eventually, startWorld } from "../support/world.mjs";

const run = promisify(execFile);

let world;

before(async () => {
  world = await startWorld();
});
after(() => world?.stop());

/** Runs the command; returns its output. */
async function app(...args) {
  const options = ["--state", world.persist, "--edge", world.url];
  const { stdout } = await run(join(ROOT, "scripts/app"), [...args, ...options], { cwd: ROOT });
  return stdout;
}

/** Runs a command that is refused; returns its error. */
async function refused(...args) {
  const error = await app(...args).then(
    (printed) => assert.fail(`it did it: ${printed}`),
    (error) => error,
  );
  assert.equal(error.code, 1, error.stderr);
  assert.equal(error.stdout, "");
  assert.doesNotMatch(error.stderr, /\n\s+at /, "a sentence without a stack trace");
  return error.stderr;
}

function setting(printed, name) {
  return new RegExp(`^${name}=(.*)$`, "m").exec(printed)?.[1];
}

async function status(secret, tenant) {
  const token = signToken({ user: "7", name: "Ana", tenant, secret });
  const response = await fetch(`${world.url}/api/me`, { headers: { authorization: `Bearer ${token}` } });
  return response.status;
}

test("an app is created, works, and its secret rotates with a time during which both are valid", async () => {
  const made = await app("create", "--tenant", "acme", "--origin", "https://acme.example");
  assert.match(made, /^app 3 {2}tenant acme {2}key [0-9a-f]{20} {2}enabled$/m);
  const secret = setting(made, "REVERB_APP_SECRET");
  assert.match(secret, /^[0-9a-f]{64}$/);
  const { hostname, port } = new URL(world.url);
  const block = ["REVERB_APP_ID", "REVERB_HOST", "REVERB_PORT", "REVERB_SCHEME"].map((name) => setting(made, name));
  assert.deepEqual(block, ["3", hostname, port, "http"]);
  assert.equal(await status(secret, "acme"), 200);

  const rotated = await app("rotate", "3", "--keep-old", "1");
  const fresh = setting(rotated, "REVERB_APP_SECRET");
  assert.notEqual(fresh, secret);
  await eventually(async () => (await status(fresh, "acme")) === 200, "the new secret to be known");
  assert.equal(await status(secret, "acme"), 200);
  assert.match(await refused("rotate", "3"), /end-rotation first/);
  await app("end-rotation", "3");
  await eventually(async () => (await status(secret, "acme")) === 401, "the old secret to be invalid");
  assert.equal(await status(fresh, "acme"), 200);

  const shown = await app("show", "3");
  assert.ok(!shown.includes(fresh), "no secret without --secret");
  assert.equal(setting(await app("show", "3", "--secret"), "REVERB_APP_SECRET"), fresh);
  assert.ok(!(await app("list")).includes(fresh));
});

test("the public demo secret is invalid immediately after a rotation", async () => {
  const fresh = setting(await app("rotate", "1"), "REVERB_APP_SECRET");
  const [row] = await world.rows("SELECT previous_secret FROM apps WHERE id = '1'");
  assert.equal(row.previous_secret, null);
  assert.equal(setting(await app("show", "1", "--secret"), "REVERB_APP_SECRET"), fresh);
});

test("an app is disabled and enabled again", async () => {
  assert.match(await app("disable", "2"), /disabled/);
  await eventually(async () => (await status("other-secret", "other")) === 403, "the app to be disabled");
  assert.match(await app("enable", "2"), /enabled/);
  await eventually(async () => (await status("other-secret", "other")) === 200, "the app to be enabled");
});

test("settings are validated and audited by the edge", async () => {
  const printed = await app("set", "1", "pusher.event_names=laravel", "limits.sends_per_second=20");
  assert.equal(printed, 'pusher.event_names = "laravel"\nlimits.sends_per_second = 20\n');
  const [{ settings }] = await world.rows("SELECT settings FROM apps WHERE id = '1'");
  const { limits, pusher } = JSON.parse(settings);
  assert.deepEqual({ limits, pusher }, { limits: { sends_per_second: 20 }, pusher: { event_names: "laravel" } });
  const audits = await world.rows(
    "SELECT actor_id FROM admin_audits WHERE tenant_id = 'demo' AND action = 'settings.updated'",
  );
  assert.deepEqual(audits, [{ actor_id: "campana-operator" }]);
  assert.equal(await app("set", "1", "limits.sends_per_second=null"), "limits.sends_per_second = 10\n");
  const policy = '{"steps":[{"after_s":10,"page":{"groups":["night"]}}],"repeat":0,"stale_after_s":0}';
  assert.equal(await app("set", "1", `alerts.escalation=${policy}`), `alerts.escalation = ${policy}\n`);
  assert.match(await app("set", "1", "alerts.escalation=null", "alerts.alert_days=90"), /\nalerts\.alert_days = 90\n$/);
  assert.equal(await app("set", "1", 'web.languages=["es","pt-BR"]'), 'web.languages = ["es","pt-BR"]\n');
  for (const bad of ["alerts.escalation={steps", "web.languages=[es"])
    assert.match(await refused("set", "1", bad), /has to be JSON/);
  assert.match(await refused("set", "1", "pusher.event_names=ruby"), /^pusher\.event_names: /);
  assert.match(await refused("set", "1", "limits.sends_per_second=0", "limits.surprise=1"), /limits\.surprise/);
  assert.match(await refused("set", "1", "surprise"), /SECTION\.NAME=VALUE/);
});

test("origins and webhooks are validated", async () => {
  assert.match(
    await app("origins", "1", "https://a.example", "http://localhost:3000"),
    /origins: https:\/\/a\.example/,
  );
  assert.match(await app("origins", "1", "--none"), /none/);
  for (const bad of ["a.example", "https://a.example/", "https://a.example/path", "null"]) {
    assert.match(await refused("origins", "1", bad), /an origin is/);
  }
  assert.match(await refused("origins", "1"), /--none/);
  const hook = "https://a.example/hook";
  assert.match(await app("webhook", "1", "--url", hook, "--event", "member_added"), /hook: member_added$/m);
  assert.match(await app("webhook", "1", "--url", hook, "--event", "*"), /channel_occupied, .*subscription_count$/m);
  const [{ webhooks }] = await world.rows("SELECT webhooks FROM apps WHERE id = '1'");
  assert.deepEqual(
    JSON.parse(webhooks).map(({ url }) => url),
    [hook],
    "an address is stored once",
  );
  assert.match(await refused("webhook", "1", "--url", hook, "--event", "x"), /--event is one of/);
  assert.match(await refused("webhook", "1", "--url", hook), /--event is one of/);
  assert.match(await refused("webhook", "1", "--url", "ftp://a.example", "--event", "*"), /--url/);
  const filtered = [
    "webhook",
    "1",
    "--url",
    hook,
    "--event",
    "member_added",
    "--prefix",
    "presence-",
    "--suffix",
    ".1",
  ];
  const described = await app(...filtered, "--header", "Authorization: Bearer hidden", "--header", "X-Tenant: acme");
  assert.match(described, /hook: member_added; channels presence-\*\.1; headers authorization, x-tenant$/m);
  assert.doesNotMatch(described, /hidden/);
  assert.deepEqual(JSON.parse((await world.rows("SELECT webhooks FROM apps WHERE id = '1'"))[0].webhooks), [
    {
      ...{ url: hook, events: ["member_added"], channel_prefix: "presence-", channel_suffix: ".1" },
      headers: { authorization: "Bearer hidden", "x-tenant": "acme" },
    },
  ]);
  assert.match(await refused(...filtered, "--header", "Host: a.example"), /the edge sets the header Host itself/);
  for (const bad of ["X-Pusher-Key: x", "Content-Length: 1", "Connection: close", "X-Campana-Delivery: x"]) {
    assert.match(await refused(...filtered, "--header", bad), /the edge sets the header/, bad);
  }
  for (const bad of ["no colon", "a b: c", ": x", "x-a: b\r\nx-c: d", "x-a: é"]) {
    assert.match(await refused(...filtered, "--header", bad), /--header is NAME: VALUE/, bad);
  }
  assert.match(await refused(...filtered, ...Array(11).fill(["--header", "a: b"]).flat()), /at most 10 headers/);
  assert.match(
    await refused("webhook", "1", "--url", hook, "--event", "*", "--prefix", "a b"),
    /--prefix and --suffix/,
  );
  assert.doesNotMatch(await app("webhook", "1", "--remove", hook), /webhook/);
  assert.match(await refused("webhook", "1", "--remove", hook), /no webhook/);
});

test("an error is one sentence", async () => {
  assert.match(await refused("create", "--tenant", "demo"), /already there/);
  assert.match(await refused("create", "--tenant", "new", "--id", "1"), /already there/);
  assert.match(await refused("create", "--tenant", "a/b"), /a tenant has/);
  assert.match(await refused("create"), /--tenant is missing/);
  assert.match(await refused("show", "99"), /no app has the id/);
  assert.match(await refused("rotate", "1", "--keep-old", "many"), /hours/);
  assert.match(await refused("rotate", "1", "--keep-old=-1"), /hours/);
  assert.match(await refused("surprise"), /usage/);
  assert.match(await refused("show"), /usage/);
});

test("values are escaped in a statement for the deployed database", () => {
  const written = inline("VALUES (?1, ?2, ?3)", ["it's ?2; --", null, 7]);
  assert.equal(written, "VALUES ('it''s ?2; --', NULL, 7)");
  const batch = [
    ["UPDATE t SET a = ?1", "x;"],
    ["DELETE FROM t WHERE a IS ?1", null],
  ];
  assert.equal(batchText(batch), "UPDATE t SET a = 'x;';\nDELETE FROM t WHERE a IS NULL;\n");
  assert.throws(() => inline("?1", ["a\0b"]), /cannot be written/);
  assert.throws(() => inline("?1", [Number.NaN]), /cannot be written/);
});

test("a deployed edge accepts webhooks on the internet only", () => {
  const good = ["https://example.org/hook", "https://example.org:8443/", "https://8.8.8.8/", "https://[2606:4700::1]/"];
  const bad = [
    "http://example.org/",
    "https://localhost/",
    "https://db.internal/",
    "https://127.1/",
    "https://0x7f000001/",
  ];
  const inner = [
    "https://10.1.2.3/",
    "https://169.254.169.254/",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[fd00::1]/",
  ];
  for (const url of good) assert.equal(isOnInternet(url), true, url);
  for (const url of [...bad, ...inner]) assert.equal(isOnInternet(url), false, url);
});
