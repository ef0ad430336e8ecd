// A socket from before the loss of an instance that ends late: its late frames are not attributed to another socket.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { backend, wire } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const ROUNDS = 5;

let world, ana, ben;

before(async () => {
  world = await startWorld({ limits: WIDE, front: join(import.meta.dirname, "../support/trap.mjs") });
  [ana, ben] = [world.person("7"), world.person("8")];
});
after(() => world.stop());

/** Loses the instance while a client does not read, and so does not answer the close frame. */
async function lose(client) {
  client.socket.pause();
  assert.equal((await fetch(`${world.url}/api/__trap`)).status, 204);
}

/** Lets the client read, answer the close frame, and disconnect. */
function end(client) {
  client.socket.resume();
  return client.end();
}

test("the first native socket before a loss and the first one after it are not confused", async () => {
  const { id, conversation_id } = await world.room([ana, ben]);
  const late = await ben.chat(conversation_id);
  await lose(late);
  const chat = await eventually(() => ana.chat(conversation_id), "a socket to open");
  late.send({ type: "send", client_msg_id: "late", body: "from before" });
  late.send({ type: "typing", on: true });
  assert.equal((await end(late)).code, 1012);
  for (let round = 0; round < ROUNDS; round++) {
    const sent = await ben.ok("POST", `/api/chat/rooms/${id}/messages`, { body: `round ${round}` });
    await chat.pick((frame) => frame.event === "message.created" && frame.id === sent.id, `round ${round}`);
    assert.ok((await chat.say(`answer ${round}`)).seq > sent.seq);
  }
  const { data } = await ana.history(conversation_id);
  assert.deepEqual(
    data.filter(({ body }) => body === "from before"),
    [],
  );
  assert.ok(!chat.frames.some(({ event }) => event === "typing.started"));
  await chat.close();
});

test("Pusher sockets before and after a loss are not confused", async () => {
  const late = await wire(world);
  await late.subscribe("news");
  await lose(late);
  const client = await eventually(() => wire(world), "a socket to open");
  await client.subscribe("news");
  late.send({ event: "pusher:unsubscribe", data: { channel: "news" } });
  assert.equal((await end(late)).code, 4200);
  for (let round = 0; round < ROUNDS; round++) {
    await client.settled();
    await backend(world).trigger("news", `round-${round}`, {});
    await client.received("news", `round-${round}`);
  }
});
