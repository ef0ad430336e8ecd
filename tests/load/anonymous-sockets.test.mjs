// Sockets that anyone with the app's key can open: what they name creates no object, and what they take has limits of its own.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { backend, dial, wire } from "../support/pusher.mjs";
import { Receiver } from "../support/receiver.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const SOCKETS = 10;
const CHANNELS = 30;
/** Clients of different networks; the platform sets this header, and the tests' engine passes it on. */
const from = (address) => ({ headers: { "cf-connecting-ip": address } });

describe("sockets that invent names of channels", () => {
  let world, server, receiver, ana;

  before(async () => {
    receiver = await Receiver.start();
    const pusher = { gateways: 2, anonymous_channels_per_address: SOCKETS * CHANNELS + 1, connects_per_address: 60 };
    world = await startWorld({ limits: { ...WIDE, app_requests_per_minute: 100 }, pusher });
    server = backend(world);
    const events = ["channel_occupied", "channel_vacated", "member_added", "cache_miss"];
    await world.rows(
      "UPDATE apps SET webhooks = ?1 WHERE tenant_id = 'demo'",
      JSON.stringify([{ url: receiver.url, events }]),
    );
    ana = world.person("7", { name: "Ana" });
    await ana.ok("GET", "/api/me");
  });
  after(async () => {
    await world.stop();
    receiver.stop();
  });

  const count = (name) => receiver.events.filter((event) => event.name === name).length;

  test("[I10] create no object, also for an app with webhooks of occupancy, and the webhooks stay exact", async () => {
    const sockets = await Promise.all(Array.from({ length: SOCKETS }, () => wire(world, from("192.0.2.1"))));
    await Promise.all(
      sockets.map((socket, at) =>
        Promise.all(Array.from({ length: CHANNELS }, (_, n) => socket.subscribe(`invented-${at}-${n}`))),
      ),
    );
    const all = SOCKETS * CHANNELS;
    await receiver.until(() => count("channel_occupied") === all, "an event of each channel");
    assert.equal(world.objectCount("Channel"), 0);
    // On both gateways: the channel is occupied once, and vacated when the last subscriber of both has left.
    await Promise.all(sockets.map((socket) => socket.subscribe("shared")));
    const [first, ...others] = sockets;
    for (const socket of others) await socket.close();
    await first.subscribe("cache-none");
    await receiver.until(() => count("channel_vacated") === all - CHANNELS, "the end of the others' channels");
    assert.deepEqual(receiver.of("shared"), [{ name: "channel_occupied" }]);
    assert.deepEqual(
      receiver
        .of("cache-none")
        .map(({ name }) => name)
        .sort(),
      ["cache_miss", "channel_occupied"],
    );
    await first.close();
    await receiver.until(() => count("channel_vacated") === count("channel_occupied"), "the end of all channels");
    assert.deepEqual(receiver.of("shared"), [{ name: "channel_occupied" }, { name: "channel_vacated" }]);
    assert.equal(world.objectCount("Channel"), 0);
  });

  test("are limited to a number of channels per address, which concerns neither other addresses nor users", async () => {
    const invented = await wire(world, from("192.0.2.2"));
    const more = await wire(world, from("192.0.2.2"));
    await world.person("admin", { roles: ["admin"] }).ok("PATCH", "/api/admin/settings", {
      pusher: { anonymous_channels_per_address: 20 },
    });
    const [other, signed] = [await wire(world, from("192.0.2.3")), await wire(world, from("192.0.2.2"))];
    // Both gateways learn the setting with a socket; names are counted at each of them.
    await Promise.all(Array.from({ length: 8 }, () => wire(world, from("192.0.2.4"))));
    const refusals = [];
    for (const socket of [invented, more]) {
      for (let n = 0; n < 50; n++) socket.sendSubscribe(`limited-${socket.id}-${n}`);
      for (let n = 0; n < 50; n++) {
        const answer = await socket.answer(`limited-${socket.id}-${n}`);
        if (answer.event === "pusher:subscription_error") refusals.push(JSON.parse(answer.data));
      }
    }
    assert.ok(refusals.length >= 60, `${refusals.length} of 100 are refused`);
    assert.ok(refusals.every(({ type, status }) => type === "LimitReached" && status === 429));
    for (let n = 0; n < 15; n++) await other.subscribe(`other-${n}`);
    await signed.subscribe("presence-user", server.authorizeChannel(signed.id, "presence-user", { user_id: "7" }));
    for (let n = 0; n < 40; n++) await signed.subscribe(`of-a-user-${n}`);
    for (const socket of [invented, more, other, signed]) socket.terminate();
  });

  test("use no request of the app's users, and an address opens only so many", async () => {
    /** Opens sockets at once; resolves with how many are admitted. The others are told to come back later. */
    const admitted = async (addresses) => {
      const answers = await Promise.all(
        addresses.map((address) => dial(world, from(address)).next(() => true, "an answer")),
      );
      const refused = answers.filter(({ event }) => event !== "pusher:connection_established");
      assert.deepEqual([...new Set(refused.map(({ data }) => data.code))], [4100]);
      return answers.length - refused.length;
    };
    const began = performance.now();
    const ofOne = await admitted(Array.from({ length: 150 }, () => "198.51.100.1"));
    const most = 60 + Math.ceil((performance.now() - began) / 1_000);
    assert.ok(ofOne >= 60 && ofOne <= most, `${ofOne} of one address: 60, and one more each second`);
    // The rest of the 100 a minute that the app has for openings, and more.
    await admitted(Array.from({ length: 80 }, (_, at) => `198.51.100.${at + 2}`));
    for (let n = 0; n < 10; n++) await ana.ok("GET", "/api/me");
  });
});
