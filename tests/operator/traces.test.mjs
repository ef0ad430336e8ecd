// Traces: what happens to the events of a channel for a user, with native and Pusher clients.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect } from "../support/pusher.mjs";
import { eventually, startWorld } from "../support/world.mjs";

describe("a trace", () => {
  let world, admin, ana, ben;

  before(async () => {
    world = await startWorld({ pusher: { gateways: 2 } });
    admin = world.person("admin", { roles: ["admin"] });
    ana = world.person("7", { name: "Ana", permissions: ["subscribe:*"] });
    ben = world.person("8", { name: "Ben" });
  });
  after(() => world.stop());

  const start = (body) => admin.ok("POST", "/api/admin/traces", { user_id: "7", ...body });
  const outline = ({ step, transport, reason, event, seq }) =>
    [step, transport, event ?? "", seq ?? "", reason ?? ""].join(" ").trim();
  /** The steps, once one of them is this. */
  const stepsWith = (trace, wanted) =>
    eventually(async () => {
      const { steps, left_out } = await admin.ok("GET", `/api/admin/traces/${trace.id}`);
      assert.equal(left_out, 0);
      return steps.some((step) => outline(step) === wanted) && steps;
    }, `the step "${wanted}"`);

  test("of a conversation shows a message from its acceptance to its receipt", async () => {
    const room = await world.room([ana, ben]);
    const trace = await start({ conversation_id: room.conversation_id, minutes: 15 });
    assert.deepEqual([trace.user_id, trace.channel, trace.conversation_id], ["7", null, room.conversation_id]);
    assert.equal(Date.parse(trace.ends_at) - Date.parse(trace.created_at), 15 * 60_000);

    const send = (body) => ben.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body });
    const { seq } = await send("nobody is here");
    await stepsWith(trace, `frame native message.created ${seq} not_connected`);

    const chat = await ana.chat(room.conversation_id);
    const pusher = await connect(world, { person: ana });
    await pusher.subscribe(`private-conversation.${room.conversation_id}`);
    const next = await send("a secret text");
    await chat.next(({ event, seq }) => event === "message.created" && seq === next.seq, "the message");
    await ana.ok("POST", `/api/chat/conversations/${room.conversation_id}/read`, { seq: next.seq });
    const steps = await stepsWith(trace, `receipt native  ${next.seq}`);
    const outlines = steps.map(outline);
    for (const expected of [
      "authorized native",
      "authorized pusher",
      `published native message.created ${next.seq}`,
      `frame native message.created ${next.seq}`,
      "published pusher message.created",
      "gateway pusher",
      "frame pusher message.created",
    ])
      assert.ok(outlines.includes(expected), `${expected} is missing: ${outlines.join("; ")}`);
    const written = steps.find((step) => outline(step) === "frame pusher message.created");
    assert.equal(written.client_id, pusher.pusher.connection.socket_id);
    const { frame } = written;
    const ofFrame = steps.filter((step) => step.frame === frame).map(({ step }) => step);
    assert.deepEqual(ofFrame, ["published", "gateway", "frame"]);
    assert.doesNotMatch(JSON.stringify(steps), /secret text/);

    chat.terminate();
    await stepsWith(trace, "ended native   left");
    pusher.pusher.unsubscribe(`private-conversation.${room.conversation_id}`);
    await stepsWith(trace, "ended pusher   left");
    await ben.ok("POST", `/api/chat/rooms/${room.id}/leave`);
  });

  test("of a channel shows why an event does not arrive", async () => {
    const trace = await start({ channel: "private-orders" });
    const publish = () => admin.ok("POST", "/api/admin/channels/private-orders/events", { name: "test", data: {} });
    await publish();
    await stepsWith(trace, "gateway pusher test  not_subscribed");
    const other = await connect(world, { person: world.person("9", { permissions: ["subscribe:*"] }) });
    await other.subscribe("private-orders");
    await publish();
    await stepsWith(trace, "frame pusher test  not_subscribed");
    const pusher = await connect(world, { person: ana });
    await pusher.subscribe("private-orders");
    await publish();
    await stepsWith(trace, "frame pusher test");
    const entry = (await admin.ok("GET", "/api/admin/audits?action=trace.started")).data[0];
    assert.deepEqual([entry.target_id, entry.actor_id], ["7", "admin"]);
  });

  test("is refused to others, and unknown in another app", async () => {
    const trace = await start({ channel: "private-orders" });
    for (const [method, path] of [
      ["POST", "/api/admin/traces"],
      ["GET", `/api/admin/traces/${trace.id}`],
    ])
      assert.equal(
        (await ana.call(method, path, method === "POST" ? { user_id: "7", channel: "news" } : undefined)).status,
        403,
      );
    const stranger = world.person("admin", { roles: ["admin"], tenant: "other" });
    assert.equal((await stranger.call("GET", `/api/admin/traces/${trace.id}`)).status, 404);
  });
});
