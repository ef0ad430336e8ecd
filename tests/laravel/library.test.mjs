// The documented calls of Pusher's PHP library, as a Laravel application has configured it, against the edge.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { laravelIsMissing, startLaravel } from "../support/laravel.mjs";
import { wire } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const skip = laravelIsMissing();
const UNAUTHORIZED = 4009;

describe("Pusher's PHP library", { skip, timeout: 240_000 }, () => {
  let world, laravel, library;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    laravel = await startLaravel(world);
    library = (method, ...words) => laravel.library(method, ...words);
  });
  after(async () => {
    await laravel?.stop();
    await world?.stop();
  });

  /** A socket that has subscribed, with a signature of the library if the channel needs one. */
  const listener = async (channel, sign) => {
    const socket = await wire(world);
    await socket.subscribe(channel, sign && JSON.parse(await sign(socket.id)));
    return socket;
  };

  test("trigger publishes on several channels, leaves out a socket, and answers with attributes", async () => {
    const [one, two] = [await listener("news"), await listener("news")];
    const params = { socket_id: one.id, info: "subscription_count" };
    const { channels } = await library("trigger", ["news", "sports"], "headline", { text: "Ünï ☃" }, params);
    assert.deepEqual(channels, { news: { subscription_count: 2 }, sports: { subscription_count: 0 } });
    assert.deepEqual(await two.received("news", "headline"), { text: "Ünï ☃" });
    assert.deepEqual(await library("trigger", "news", "last", "text"), {});
    assert.equal(await one.received("news", "last"), "text");
    const heard = one.frames.map(({ event }) => event);
    assert.equal(heard.includes("headline"), false, "the named socket does not get the event");
  });

  test("triggerBatch publishes each event on its channel", async () => {
    const [one, two] = [await listener("a"), await listener("b")];
    const answer = await library("triggerBatch", [
      { channel: "a", name: "first", data: { n: 1 }, info: "subscription_count" },
      { channel: "b", name: "second", data: { n: 2 } },
    ]);
    assert.deepEqual(answer, { batch: [{ subscription_count: 1 }, {}] });
    assert.deepEqual(await one.received("a", "first"), { n: 1 });
    assert.deepEqual(await two.received("b", "second"), { n: 2 });
  });

  test("socketAuth and authorizeChannel sign private channels, and only for their socket", async () => {
    const socket = await listener("private-orders", (id) => library("socketAuth", "private-orders", id));
    await library("trigger", "private-orders", "paid", { n: 1 });
    assert.deepEqual(await socket.received("private-orders", "paid"), { n: 1 });
    await socket.subscribe("private-b", JSON.parse(await library("authorizeChannel", "private-b", socket.id)));
    const stranger = await wire(world);
    const signed = JSON.parse(await library("socketAuth", "private-orders", socket.id));
    stranger.sendSubscribe("private-orders", signed);
    assert.equal((await stranger.refusal("private-orders")).status, 401);
  });

  test("presenceAuth makes members, whom getPresenceUsers and getChannelInfo report", async () => {
    const sign = (user, name) => (id) => library("presenceAuth", "presence-team", id, user, { name });
    const ana = await listener("presence-team", sign("7", "Ana"));
    await listener("presence-team", sign("8", "Ben"));
    const joined = await ana.next(({ event }) => event === "pusher_internal:member_added", "Ben");
    assert.deepEqual(JSON.parse(joined.data), { user_id: "8", user_info: { name: "Ben" } });
    const { users } = await library("getPresenceUsers", "presence-team");
    assert.deepEqual(users.map(({ id }) => id).sort(), ["7", "8"]);
    const info = await library("getChannelInfo", "presence-team", { info: "user_count" });
    assert.deepEqual(info, { occupied: true, user_count: 2 });
    const counted = await library("getChannelInfo", "news", { info: "subscription_count" });
    assert.deepEqual(counted, { occupied: true, subscription_count: 2 });
    const { occupied } = await library("getChannelInfo", "nobody-is-here");
    assert.equal(occupied, false);
    const { channels } = await library("getChannels", { filter_by_prefix: "presence-", info: "user_count" });
    assert.deepEqual(channels, { "presence-team": { user_count: 2 } });
    assert.ok("news" in (await library("getChannels")).channels);
  });

  test("authenticateUser signs a user in, whom sendToUser and terminateUserConnections reach", async () => {
    const socket = await wire(world);
    const signed = JSON.parse(await library("authenticateUser", socket.id, { id: "12", user_info: { name: "Max" } }));
    socket.send({ event: "pusher:signin", data: signed });
    await socket.event("pusher:signin_success");
    await library("sendToUser", "12", "invoice", { amount: 3 });
    assert.deepEqual(await socket.received("#server-to-user-12", "invoice"), { amount: 3 });
    assert.deepEqual(await library("terminateUserConnections", "12"), {});
    assert.equal((await socket.end()).code, UNAUTHORIZED);
  });

  test("a refusal is the library's exception with the status and one sentence", async () => {
    const refusals = [
      [400, "getPresenceUsers", "news"],
      [400, "getChannels", { info: "user_count" }],
      [400, "triggerBatch", Array.from({ length: 11 }, () => ({ channel: "a", name: "e", data: {} }))],
      [413, "trigger", "news", "e", "x".repeat(20_000)],
    ];
    for (const [status, ...call] of refusals) {
      const refused = (error) => error.status === status && /^[A-Za-z_].*\n$/.test(error.message);
      await assert.rejects(library(...call), refused, call[0]);
    }
  });
});
