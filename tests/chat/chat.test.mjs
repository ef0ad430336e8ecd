// Chat over sockets and HTTP, in rooms and direct conversations.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openStream } from "../support/stream.mjs";
import { eventually, startWorld } from "../support/world.mjs";

describe("chat", () => {
  let world, ana, ben, room, conversation;

  before(async () => {
    world = await startWorld();
    ana = world.person("7", { name: "Ana" });
    ben = world.person("8", { name: "Ben" });
    room = await world.room([ana, ben]);
    conversation = room.conversation_id;
  });
  after(() => world.stop());

  test("two users see the same events in the same order", async () => {
    const [one, two] = [await ana.chat(conversation), await ben.chat(conversation)];
    const first = await one.say("hola");
    const second = await two.say("hi");
    assert.equal(second.seq, first.seq + 1);
    for (const chat of [one, two]) {
      const created = [await chat.event("message.created"), await chat.event("message.created")];
      assert.deepEqual(
        created.map((event) => event.partial.body),
        ["hola", "hi"],
      );
      assert.deepEqual(
        created.map((event) => event.seq),
        [first.seq, second.seq],
      );
      assert.equal(created[0].partial.sender_name, "Ana");
    }
    await Promise.all([one.close(), two.close()]);
  });

  test("an acknowledged message is in the newest page immediately", async () => {
    const chat = await ana.chat(conversation);
    for (let i = 0; i < 5; i++) {
      const ack = await chat.say(`read me back ${i}`);
      const page = await ben.history(conversation);
      assert.equal(page.data[0].id, ack.id);
      assert.ok(page.head >= ack.seq);
    }
    await chat.close();
  });

  test("a message sent by HTTP reaches sockets, and the sending tab gets no echo", async () => {
    const tab = await ana.chat(conversation, { client_id: "tab-1" });
    const otherTab = await ana.chat(conversation, { client_id: "tab-2" });
    const sent = await ana.ok("POST", `/api/chat/rooms/${room.id}/messages`, {
      body: "by http",
      client_msg_id: "http-1",
      origin_client_id: "tab-1",
    });
    const event = await otherTab.event("message.created");
    assert.equal(event.id, sent.id);
    assert.equal(event.origin_client_id, "tab-1");
    await tab.say("after it");
    assert.equal(
      tab.events.some((seen) => seen.id === sent.id),
      false,
      "the sending tab got an echo",
    );
    await Promise.all([tab.close(), otherTab.close()]);
  });

  test("a repeated client_msg_id returns the original, and is refused with other content", async () => {
    const chat = await ana.chat(conversation);
    const first = await chat.say("once", "same-id");
    chat.frames.length = 0;
    const again = await chat.say("once", "same-id");
    assert.deepEqual([again.id, again.seq], [first.id, first.seq]);
    chat.send({ type: "send", client_msg_id: "same-id", body: "something else" });
    const error = await chat.error("key-reused");
    assert.equal(error.client_msg_id, "same-id");
    const byHttp = await ana.call("POST", `/api/chat/rooms/${room.id}/messages`, {
      body: "once",
      client_msg_id: "same-id",
    });
    assert.equal(byHttp.body.id, first.id);
    await chat.close();
  });

  test("edits and deletions reach all members, and the old text is removed", async () => {
    const [one, two] = [await ana.chat(conversation), await ben.chat(conversation)];
    const ack = await one.say("frist");
    one.send({ type: "edit", id: ack.id, body: "first" });
    const updated = await two.event("message.updated");
    assert.equal(updated.id, ack.id);
    assert.equal(updated.partial.body, "first");
    two.send({ type: "delete", id: ack.id });
    assert.equal((await two.error("forbidden")).status, 403, "another member's message");
    await ana.ok("DELETE", `/api/chat/messages/${ack.id}?conversation_id=${conversation}`);
    const deleted = await two.event("message.deleted");
    assert.equal(deleted.partial.body, null);
    const late = await ben.chat(conversation, { epoch: one.welcome.epoch, seq: ack.seq - 1 });
    await late.event("message.deleted");
    assert.equal(JSON.stringify(late.frames).includes("frist"), false, "a replay brought deleted text back");
    assert.equal((await ben.history(conversation)).data.find((message) => message.id === ack.id).body, null);
    await Promise.all([one.close(), two.close(), late.close()]);
  });

  test("a user with three tabs is present once, until the last tab closes", async () => {
    const watcher = await ben.chat(conversation);
    const tabs = [await ana.chat(conversation), await ana.chat(conversation), await ana.chat(conversation)];
    await watcher.event("presence.joined");
    await tabs[0].close();
    tabs[1].terminate();
    await tabs[2].say("still here");
    await watcher.event("message.created");
    assert.equal(watcher.frames.filter((frame) => frame.event === "presence.joined").length, 1);
    assert.equal(
      watcher.frames.some((frame) => frame.event === "presence.left"),
      false,
    );
    await tabs[2].close();
    assert.equal((await watcher.event("presence.left")).partial.user_id, "7");
    await watcher.close();
  });

  test("typing reaches the others, is rate-limited, and ends with the socket", async () => {
    const [one, two] = [await ana.chat(conversation), await ben.chat(conversation)];
    for (let i = 0; i < 5; i++) one.send({ type: "typing", on: true });
    await two.event("typing.started");
    one.terminate();
    await two.event("typing.stopped");
    await two.event("presence.left");
    assert.equal(two.frames.filter((frame) => frame.event === "typing.started").length, 1);
    await two.close();
  });

  test("a read marker moves for other members and for the user's other devices", async () => {
    const fresh = await world.room([ana, ben], { name: "Receipts" });
    const [one, device] = [await ana.chat(fresh.conversation_id), await ben.ownChannel()];
    await one.say("unread");
    const ack = await one.say("unread too");
    await device.next(({ event, partial }) => event === "inbox.updated" && partial.unread_count === 2, "two unread");
    await ben.ok("POST", `/api/chat/conversations/${fresh.conversation_id}/read`, {});
    const read = await one.event("message.read");
    assert.deepEqual([read.partial.user_id, read.partial.seq], ["8", ack.seq]);
    await device.next(({ event, partial }) => event === "inbox.updated" && partial.unread_count === 0, "none unread");
    const inbox = await ben.ok("GET", "/api/chat/conversations");
    assert.equal(inbox.data.find(({ id }) => id === fresh.conversation_id).unread_count, 0);
    assert.equal(
      (await ana.ok("GET", "/api/chat/conversations")).data[0].unread_count,
      0,
      "own messages count as read",
    );
    await Promise.all([one.close(), device.close()]);
  });

  test("a tab that has the conversation open gets no inbox update", async () => {
    const looking = await ben.ownChannel({ client_id: "looks" });
    const elsewhere = await ben.ownChannel({ client_id: "elsewhere" });
    const open = await ben.chat(conversation, { client_id: "looks" });
    const one = await ana.chat(conversation);
    await one.say("who sees this?");
    await elsewhere.event("inbox.updated");
    looking.send("ping");
    await looking.next((frame) => frame.pong, "pong");
    assert.equal(
      looking.frames.some((frame) => frame.event === "inbox.updated"),
      false,
    );
    await Promise.all([looking, elsewhere, open, one].map((chat) => chat.close()));
  });

  test("two concurrent requests create one direct conversation", async () => {
    const ask = (person, user_id) => person.ok("POST", "/api/chat/conversations", { type: "dm", user_id });
    const answers = await Promise.all(Array.from({ length: 10 }, () => [ask(ana, "8"), ask(ben, "7")]).flat());
    assert.equal(new Set(answers.map(({ id }) => id)).size, 1);
  });

  test("the general chat has messages, private messages, typing and presence", async () => {
    const sent = await ana.ok("POST", "/api/chat/messages", { message: "hello all" });
    const page = await ben.ok("GET", "/api/chat/messages");
    assert.equal(page.data[0].id, sent.id);
    const secret = await ana.ok("POST", "/api/chat/messages/private", { recipient_id: "8", message: "psst" });
    const dm = await ben.ok("POST", "/api/chat/conversations", { type: "dm", user_id: "7" });
    assert.equal(secret.conversation_id, dm.id);
    const toMyself = await ana.call("POST", "/api/chat/messages/private", { recipient_id: "7", message: "me" });
    assert.equal(toMyself.status, 400);
    const tooLong = await ana.call("POST", "/api/chat/messages/private", {
      recipient_id: "8",
      message: "x".repeat(1001),
    });
    assert.equal(tooLong.status, 422);
    assert.equal((await ana.call("POST", "/api/chat/typing", { typing: true })).status, 204);
    const device = await ana.ownChannel();
    const online = () => ben.ok("GET", "/api/chat/users/online");
    await eventually(
      async () => (await online()).data.some((user) => user.user_id === "7" || user.id === "7"),
      "Ana online",
    );
    await device.close();
    await eventually(
      async () => !(await online()).data.some((user) => user.user_id === "7" || user.id === "7"),
      "Ana offline",
    );
  });

  test("a client without sockets gets the same events as a stream, and resumes by Last-Event-ID", async () => {
    const chat = await ana.chat(conversation);
    const before = await chat.say("before the stream");
    const missed = await chat.say("missed");
    const { epoch } = chat.welcome;
    const at = ({ seq }) => `${epoch}:${seq}`;
    for (const last of [String(before.seq), at(before)]) {
      const stream = await openStream(ben, conversation, last);
      assert.equal(stream.headers.get("content-type"), "text/event-stream; charset=utf-8");
      const live = await chat.say("live");
      const events = await stream.events(live.seq - before.seq + 1);
      await stream.close();
      // A stream resumes at the welcome's id, so a reader that is disconnected after it misses nothing.
      assert.deepEqual([events[0].event, events[0].id], ["welcome", at(before)]);
      assert.equal(events[1].id, at(missed));
      for (const { id, data } of events.slice(1)) assert.equal(id, at(data));
      assert.equal(events.at(-1).data.seq, live.seq);
    }
    await chat.close();
  });

  test("a stream that breaks before its first event resumes at its welcome", async () => {
    const chat = await ana.chat(conversation);
    const first = await openStream(ben, conversation);
    const [welcome] = await first.events(1);
    await first.close();
    assert.equal(welcome.id, `${welcome.data.epoch}:${welcome.data.head}`);
    const missed = await chat.say("while nobody was there");
    const second = await openStream(ben, conversation, welcome.id);
    const [, event] = await second.events(2);
    await second.close();
    assert.deepEqual([event.id, event.data.seq], [`${welcome.data.epoch}:${missed.seq}`, missed.seq]);
    await chat.close();
  });

  test("a position of another epoch gets a reset, whose id is the current position", async () => {
    const stream = await openStream(ben, conversation, "another:3");
    const [welcome, reset] = await stream.events(2);
    await stream.close();
    const { epoch, head } = welcome.data;
    assert.equal(welcome.id, undefined);
    assert.deepEqual(reset, { id: `${epoch}:${head}`, event: "reset", data: { type: "reset", epoch, head } });
  });

  test("a stream announces its longest silence, independently of the ping interval", async () => {
    const admin = world.person("admin", { roles: ["admin"] });
    const set = (keep_alive_ms) => admin.ok("PATCH", "/api/admin/settings", { limits: { keep_alive_ms } });
    await set(290_000);
    const [chat, stream] = [await ana.chat(conversation), await openStream(ben, conversation)];
    const [welcome] = await stream.events(1);
    assert.deepEqual([chat.welcome.keep_alive_ms, welcome.data.keep_alive_ms], [290_000, 25_000]);
    await Promise.all([chat.close(), stream.close(), set(null)]);
  });

  test("a ticket opens one socket", async () => {
    const { ticket } = await ana.ok("POST", "/api/me/ticket");
    const path = `/api/chat/conversations/${conversation}/events?ticket=${ticket}`;
    const first = await fetch(world.url + path);
    assert.equal(first.status, 200);
    await first.body.cancel();
    assert.equal((await fetch(world.url + path)).status, 401);
  });

  test("pages cover the history without gap or repeat", async () => {
    const long = await world.room([ana], { name: "Long" });
    const chat = await ana.chat(long.conversation_id);
    const sent = [];
    for (let i = 0; i < 25; i++) sent.push((await chat.say(`line ${i}`)).id);
    await eventually(async () => {
      const [{ n }] = await world.rows(
        "SELECT COUNT(*) n FROM messages WHERE conversation_id = ?1",
        long.conversation_id,
      );
      return n === 25;
    }, "the flush");
    const seen = [];
    let query = "limit=10";
    for (let page = 0; page < 4; page++) {
      const { data, next_cursor } = await ana.history(long.conversation_id, query);
      seen.push(...data.map(({ id }) => id));
      if (!next_cursor) break;
      query = `limit=10&before=${encodeURIComponent(next_cursor)}`;
    }
    assert.deepEqual(seen, sent.toReversed());
    const around = await ana.history(long.conversation_id, `limit=5&around=${sent[12]}`);
    assert.ok(around.data.some(({ id }) => id === sent[12]));
    await chat.close();
  });
});
