// A user's own channel: its numbering on sockets, streams and Pusher channels, and what a client learns after a reconnect.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "../support/pusher.mjs";
import { openOwnStream } from "../support/stream.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

describe("a user's own channel", () => {
  let world, ana, ben, admin, room;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    [ana, ben] = [world.person("7"), world.person("8")];
    admin = world.person("admin", { roles: ["admin"] });
    room = await world.room([ana, ben]);
  });
  after(() => world.stop());

  const invite = (user_id) => admin.ok("POST", `/api/chat/rooms/${room.id}/invites`, { user_id });
  const revoke = ({ id }) => admin.ok("DELETE", `/api/chat/rooms/${room.id}/invites/${id}`);

  test("every device gets the same consecutive numbers, by socket, stream and Pusher channel", async () => {
    const person = world.person("21");
    await person.ok("GET", "/api/me");
    const device = await person.ownChannel();
    const stream = await openOwnStream(person);
    const client = await connect(world, { person });
    await client.subscribe("private-user.21");
    const invited = await invite("21");
    const { rev } = await device.event("invite.created");
    assert.equal(rev, device.welcome.rev + 1);
    assert.equal((await device.event("notification.created")).rev, rev + 1);
    await revoke(invited);
    const revoked = await device.event("invite.revoked");
    const withdrawn = await device.event("notification.read");
    assert.deepEqual([revoked.rev, withdrawn.rev].sort(), [rev + 2, rev + 3]);
    const [welcome, ...events] = await stream.events(5);
    assert.deepEqual([welcome.event, welcome.id, welcome.data.rev], ["welcome", undefined, rev - 1]);
    assert.deepEqual(
      events.map(({ id, event, data }) => [id, event, data.rev]),
      [0, 1, 2, 3].map((more) => [undefined, undefined, rev + more]),
    );
    const names = events.map(({ data }) => data.event);
    assert.deepEqual(names.slice(0, 2), ["invite.created", "notification.created"]);
    assert.deepEqual(names.slice(2).sort(), ["invite.revoked", "notification.read"]);
    assert.equal((await client.received("private-user.21", "invite.revoked")).rev, revoked.rev);
    client.close();
    await Promise.all([device.close(), stream.close()]);
  });

  test("a tab that has the conversation open gets the number of its inbox.updated", async () => {
    const [other, looking] = [await ana.ownChannel({ client_id: "other" }), await ana.ownChannel({ client_id: "tab" })];
    const chat = await ana.chat(room.conversation_id, { client_id: "tab" });
    await ben.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body: "hello" });
    const { rev } = await other.event("inbox.updated");
    await looking.next((frame) => frame.type === "rev" && frame.rev === rev, "the number");
    assert.ok(!looking.frames.some(({ event }) => event === "inbox.updated"));
    await Promise.all([other.close(), looking.close(), chat.close()]);
  });

  test("a client that reconnects learns from the welcome whether it missed something", async () => {
    const person = world.person("22");
    await person.ok("GET", "/api/me");
    const stays = await person.ownChannel();
    const first = await person.ownChannel();
    await first.close();
    const second = await person.ownChannel();
    assert.equal(second.welcome.rev, first.welcome.rev, "nothing happened");
    await second.close();
    await invite("22");
    const { rev } = await stays.event("notification.created");
    const third = await openOwnStream(person, String(second.welcome.rev));
    const [{ data: welcome }] = await third.events(1);
    assert.equal(welcome.rev, rev);
    assert.notEqual(welcome.rev, second.welcome.rev);
    await third.close();
    await stays.close();
  });

  test("the number survives a restart of the engine, and nobody comes back to the number that they left", async () => {
    const person = world.person("23");
    await person.ok("GET", "/api/me");
    const device = await person.ownChannel();
    await invite("23");
    const { rev } = await device.event("notification.created");
    await world.restart(() => {});
    const again = await world.person("23").ownChannel();
    assert.ok(again.welcome.rev > rev, `${again.welcome.rev} after ${rev}`);
    await again.close();
  });

  test("a stream needs a token, and a ticket opens one stream", async () => {
    const path = `${world.url}/api/me/events`;
    assert.equal((await fetch(path)).status, 401);
    const { ticket } = await world.person("24").ok("POST", "/api/me/ticket");
    const opened = await fetch(`${path}?ticket=${ticket}`);
    assert.deepEqual([opened.status, opened.headers.get("content-type")], [200, "text/event-stream; charset=utf-8"]);
    await opened.body.cancel();
    assert.equal((await fetch(`${path}?ticket=${ticket}`)).status, 401);
  });
});
