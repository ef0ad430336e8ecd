// Revoked identities: sockets of every kind close within 10 s, and nothing is accepted for them any more.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { ROOT } from "../../scripts/lib/root.mjs";
import { ALERTS, dashboard, guard } from "../support/alerts.mjs";
import { PushService } from "../support/push-service.mjs";
import { backend, connect, dial, wire } from "../support/pusher.mjs";
import { dialStream, openStream } from "../support/stream.mjs";
import { dataOf } from "../support/wire.mjs";
import { startWorld } from "../support/world.mjs";

const PROMISED_MS = 10_000;
/** Isolates read an app's revocations again after this time, milliseconds. */
const KNOWN_MS = 5_000;
const run = promisify(execFile);

const DEVICES = "/api/security/push/subscriptions";

let world;
let admin;
let pushService;

before(async () => {
  pushService = await PushService.start();
  world = await startWorld();
  admin = world.person("admin", { roles: ["admin"] });
});
after(async () => {
  await world?.stop();
  pushService.stop();
});

/** A token that is issued in the next second, as after a new sign-in: a token's time of issue is in whole seconds. */
function newly(user, options = {}) {
  return world.person(user, { now: Date.now() + 1_000, ...options });
}

/** Runs scripts/app; returns its output. */
async function app(...args) {
  const { stdout, stderr } = await run(
    join(ROOT, "scripts/app"),
    [...args, "--state", world.persist, "--edge", world.url],
    { cwd: ROOT },
  );
  assert.equal(stderr, "", "the edge was reached");
  return stdout;
}

/** Resolves with what `ended` resolves with, if that is within the promised time after `begun`. */
async function within(begun, ended, what) {
  const end = await ended;
  const passed = Date.now() - begun;
  assert.ok(passed <= PROMISED_MS, `${what} closed after ${passed} ms`);
  return end;
}

/** Sockets of every kind for a user with the permission of a guard. */
async function openAll(person, room) {
  const server = backend(world);
  const sign = ({ socketId, channelName }) =>
    server.authorizeChannel(socketId, channelName, { user_id: person.user, user_info: {} });
  const signUser = ({ socketId }) => server.authenticateUser(socketId, { id: person.user });
  const signedIn = await connect(world, { person });
  signedIn.pusher.signin();
  await signedIn.pusher.user.signinDonePromise;
  const byBackend = await connect(world, { sign, signUser });
  await byBackend.subscribe("presence-lobby");
  const byEdge = await connect(world, { person });
  await byEdge.subscribe(`private-user.${person.user}`);
  return {
    conversation: await person.chat(room.conversation_id),
    channel: await person.ownChannel(),
    dashboard: await dashboard(person),
    stream: await openStream(person, room.conversation_id),
    pusher: { signedIn, byBackend, byEdge },
  };
}

/** Checks that all of these sockets close with the codes for a revoked identity. */
async function allClose(begun, sockets, pusherState) {
  for (const name of ["conversation", "channel", "dashboard"]) {
    const { code, reason } = await within(begun, sockets[name].end(), name);
    assert.deepEqual([code, reason], [4401, "identity revoked"], name);
  }
  await within(begun, sockets.stream.ended(), "the event stream");
  for (const [name, client] of Object.entries(sockets.pusher)) {
    await within(begun, client.state(pusherState), name);
  }
}

function allOpen(sockets) {
  for (const name of ["conversation", "channel", "dashboard"]) assert.equal(sockets[name].closed, undefined, name);
  assert.equal(sockets.stream.closed, false);
  for (const client of Object.values(sockets.pusher)) assert.equal(client.pusher.connection.state, "connected");
}

test("a signed-out user's sockets of every kind close, and nobody else's", async () => {
  const [ana, bo] = [guard(world, "ana"), guard(world, "bo")];
  const devices = async (person) => (await person.ok("GET", DEVICES)).data.length;
  for (const person of [ana, bo]) await person.ok("POST", DEVICES, pushService.device().subscription);
  const room = await world.room([ana, bo]);
  const [hers, his] = [await openAll(ana, room), await openAll(bo, room)];
  const anonymous = await wire(world);

  const begun = Date.now();
  const answer = await admin.ok("POST", "/api/admin/users/ana/sign-out", { reason: "lost phone" });
  assert.equal(answer.user_id, "ana");
  // pusher-js gives up after 4009.
  await allClose(begun, hers, "disconnected");
  allOpen(his);
  assert.equal(anonymous.closed, undefined);

  // Functions refuse the old token; one that is issued later works everywhere.
  const refused = await ana.call("GET", "/api/me");
  assert.deepEqual([refused.status, refused.body.type], [401, "https://campana.dev/problems/unauthenticated"]);
  assert.equal((await ana.dial(`/api/chat/conversations/${room.conversation_id}/socket`).end()).code, 4401);
  assert.equal((await dialStream(ana, room.conversation_id)).status, 401);
  const again = await openAll(newly("ana", { permissions: ["view_panic_alerts"] }), room);
  allOpen(again);
  assert.deepEqual([await devices(newly("ana", { permissions: ["view_panic_alerts"] })), await devices(bo)], [0, 1]);
  const pending = "SELECT subject FROM revocations WHERE tenant_id = 'demo' AND handed_over_at IS NULL";
  assert.deepEqual(await world.rows(pending), [], "the quota registry and the pager have it");
  const message = await his.conversation.say("welcome back");
  await again.conversation.next(({ seq }) => seq === message.seq, "the message");

  const { data } = await admin.ok("GET", "/api/admin/audits?action=user.signed_out");
  const [{ actor_id, target_id, reason }] = data;
  assert.deepEqual([actor_id, target_id, reason], ["admin", "ana", "lost phone"]);
});

test("users sign themselves out everywhere", async () => {
  const cleo = world.person("cleo");
  const [phone, laptop] = [await cleo.ownChannel(), await cleo.ownChannel()];
  const begun = Date.now();
  await cleo.ok("POST", "/api/me/sign-out-everywhere");
  for (const device of [phone, laptop]) assert.equal((await within(begun, device.end(), "a device")).code, 4401);
  assert.equal((await cleo.call("GET", "/api/me")).status, 401);
  assert.equal((await newly("cleo").call("GET", "/api/me")).status, 200);
});

test("members, and administrators of other tenants, sign nobody out", async () => {
  const dora = world.person("dora");
  const socket = await dora.ownChannel();
  const refused = await world.person("eve").call("POST", "/api/admin/users/dora/sign-out");
  assert.equal(refused.status, 403);
  const stranger = world.person("admin", { tenant: "other", roles: ["admin"] });
  await stranger.ok("POST", "/api/admin/users/dora/sign-out");
  socket.send("ping");
  await socket.next(({ pong }) => pong, "pong");
  assert.equal((await dora.call("GET", "/api/me")).status, 200);
});

test("signatures from before a sign-out open nothing, also those of a backend without a time of issue", async () => {
  const fay = world.person("fay");
  await fay.ok("GET", "/api/me");
  const channel = "presence-lobby";
  const [theirs, edges] = [await wire(world), await wire(world)];
  const by = { socketId: theirs.id, channelName: channel };
  const undated = backend(world).authorizeChannel(by.socketId, by.channelName, { user_id: "fay", user_info: {} });
  const own = "private-user.fay";
  const body = new URLSearchParams({ socket_id: edges.id, channel_name: own }).toString();
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const dated = await fay.ok("POST", "/broadcasting/auth", body, form);
  await admin.ok("POST", "/api/admin/users/fay/sign-out");
  // A gateway that has read the app refuses them: the client without a time of issue reconnects and is signed for again. One that
  // has not closes the sockets when the registry hears of their user.
  theirs.sendSubscribe(channel, undated);
  edges.sendSubscribe(own, dated);
  assert.ok([4200, 4009].includes((await theirs.end()).code));
  const isRefused = ({ event, data }) => event === "pusher:subscription_error" && dataOf({ data }).status === 401;
  const ended = await edges.waitFor(() => edges.closed ?? edges.frames.find(isRefused), "refusal or close");
  assert.ok(ended.event || ended.code === 4009);
});

test("alerts of a signed-out user are refused", async () => {
  const gil = world.person("gil");
  await gil.ok("GET", "/api/me");
  await admin.ok("POST", "/api/admin/users/gil/sign-out");
  const answer = await gil.call("POST", ALERTS, { id: "after-sign-out", note: "help" });
  assert.equal(answer.status, 401);
});

test("a rotated secret ends what it signed when it becomes invalid, and not what the new one signed", async () => {
  const made = await app("create", "--tenant", "acme", "--origin", "*");
  const setting = (printed, name) => new RegExp(`^${name}=(.*)$`, "m").exec(printed)[1];
  const [id, key, first] = ["ID", "KEY", "SECRET"].map((name) => setting(made, `REVERB_APP_${name}`));
  const hana = world.person("hana", { tenant: "acme", secret: first });
  await world.person("ivo", { tenant: "acme", secret: first }).ok("GET", "/api/me");
  const { id: conversation } = await hana.ok("POST", "/api/chat/conversations", { type: "dm", user_id: "ivo" });
  const old = { socket: await hana.chat(conversation), stream: await openStream(hana, conversation) };
  const pusher = await connect(world, { person: hana, key });
  await pusher.subscribe("private-user.hana");
  const second = setting(await app("rotate", id, "--keep-old", "1"), "REVERB_APP_SECRET");
  const ivo = world.person("ivo", { tenant: "acme", secret: second });
  const fresh = await ivo.chat(conversation);
  await old.socket.say("both secrets are valid");

  const begun = Date.now();
  const reconnected = pusher.reconnected();
  await app("end-rotation", id);
  assert.equal((await within(begun, old.socket.end(), "the socket")).code, 4401);
  await within(begun, old.stream.ended(), "the stream");
  // The client comes back at once, to be signed for with the new secret.
  await within(begun, reconnected, "the Pusher client");
  await fresh.say("the new secret is valid");
  assert.equal((await hana.call("GET", "/api/me")).status, 401);
  assert.equal((await ivo.call("GET", "/api/me")).status, 200);
});

test("a disabled app closes every socket, those of nobody included, and comes back for new tokens only", async () => {
  const [{ secret }] = await world.rows("SELECT secret FROM apps WHERE id = '2'");
  const person = world.person("jo", { tenant: "other", secret, permissions: ["view_panic_alerts"] });
  await person.ok("GET", "/api/me");
  const channel = await person.ownChannel();
  const desk = await dashboard(person);
  const nobody = await wire(world, { key: "other-key" });
  const begun = Date.now();
  await app("disable", "2");
  assert.equal((await within(begun, channel.end(), "the own channel")).code, 4401);
  assert.equal((await within(begun, desk.end(), "the dashboard")).code, 4401);
  assert.equal((await within(begun, nobody.end(), "the Pusher socket")).code, 4003);
  assert.equal((await person.call("GET", "/api/me")).status, 403);
  assert.equal((await dial(world, { key: "other-key" }).end()).code, 4003);

  await app("enable", "2");
  const renewed = () => world.person("jo", { tenant: "other", secret, now: Date.now() + 1_000 });
  const until = Date.now() + 4 * KNOWN_MS;
  let status;
  while (status !== 200 && Date.now() < until) ({ status } = await renewed().call("GET", "/api/me"));
  assert.equal(status, 200);
  assert.equal((await person.call("GET", "/api/me")).status, 401, "tokens from before stay invalid");
});
