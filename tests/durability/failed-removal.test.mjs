// A member is removed while the call that ends their subscriptions at the gateway fails.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect } from "../support/pusher.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

let world;

before(async () => {
  world = await startWorld({ limits: WIDE, front: join(import.meta.dirname, "../support/gateway-faults.mjs") });
});
after(() => world.stop());

test("[I4] a member whose gateway missed the removal gets no later event, and others miss none", async () => {
  const [ana, ben] = [world.person("7"), world.person("8")];
  const admin = world.person("admin", { roles: ["admin"] });
  const room = await world.room([ana, ben]);
  const channel = `private-conversation.${room.conversation_id}`;
  const clients = await Promise.all([ana, ben].map((person) => connect(world, { person })));
  for (const client of clients) await client.subscribe(channel);
  const [anas, bens] = clients;
  const returned = anas.reconnected();

  await fetch(`${world.url}/api/__gateway-faults?fail=/drop`);
  await admin.ok("DELETE", `/api/chat/rooms/${room.id}/members/8`);
  const { id } = await admin.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body: "among us" });
  const isIt = ({ event, data }) => event === "message.created" && data.id === id;

  await bens.waitFor(
    () => (bens.frames.some(({ fault, code }) => fault && code === 4200) ? true : undefined),
    "the end",
  );
  const refusal = await bens.pick(({ event }) => event === "pusher:subscription_error", "a refusal");
  assert.equal(refusal.data.status, 403);
  await returned;
  const page = await ana.history(room.conversation_id);
  assert.equal(page.data.at(-1).id, id);
  assert.ok(!bens.frames.some(isIt), "no event after the removal");
});
