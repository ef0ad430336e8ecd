// The first seconds of an engine: many concurrent clients, before there is a gateway, a general room, or any object.
import assert from "node:assert/strict";
import { test } from "node:test";
import { backend, Echo, hostOptions, Pusher } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const ROUNDS = Number(process.env.FIRST_STARTS ?? 3);
const CLIENTS = 20;
const ROOM = "0190a7c0-0000-7000-8000-000000000001";
const CONVERSATION = "0190a7c0-0000-7000-8000-000000000002";
const USERS = Array.from({ length: CLIENTS }, (_, n) => `u${n}`);

/** A room with these members, written to the record without an object. */
async function writeRoom(world) {
  const statements = [
    `INSERT INTO conversations (id, tenant_id, type, created_by, created_at, member_count)
      VALUES ('${CONVERSATION}', 'demo', 'room', 'u0', 1, ${CLIENTS})`,
    `INSERT INTO rooms (id, tenant_id, conversation_id, name, search_name, visibility, created_by, created_at)
      VALUES ('${ROOM}', 'demo', '${CONVERSATION}', 'Lobby', 'lobby', 'public', 'u0', 1)`,
    ...USERS.flatMap((user) => [
      `INSERT INTO users (tenant_id, id, name, search_name, created_at)
        VALUES ('demo', '${user}', 'User ${user}', 'user ${user}', 1)`,
      `INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at)
        VALUES ('${CONVERSATION}', '${user}', 'demo', 'member', 1)`,
    ]),
  ];
  const database = await world.engine.database();
  await database.batch(statements.map((sql) => database.prepare(sql)));
}

/** The channel of two users who connect at the same time. */
function pairOf(at) {
  const first = at - (at % 2);
  return `chat.${USERS[first]}.${USERS[first + 1]}`;
}

/** The outcome of each of a client's subscriptions. */
function listens(world, at) {
  const person = world.person(USERS[at]);
  const echo = new Echo({
    broadcaster: "reverb",
    Pusher,
    key: "demo-key",
    ...hostOptions(world),
    authEndpoint: `${world.url}/broadcasting/auth`,
    // Echo stores the bearer token's headers in an object that all of its instances share.
    auth: { headers: { Authorization: `Bearer ${person.token}` } },
  });
  const connection = echo.connector.pusher.connection;
  const states = [];
  connection.bind("state_change", ({ current }) => states.push(current));
  connection.bind("error", ({ error }) => states.push(JSON.stringify(error?.data ?? "error")));
  const channels = {
    chat: echo.channel("chat"),
    news: echo.channel("news"),
    "presence-chat": echo.join("chat"),
    [`private-chat.${ROOM}`]: echo.private(`chat.${ROOM}`),
    [`presence-room.${ROOM}`]: echo.join(`room.${ROOM}`),
    [`private-conversation.${CONVERSATION}`]: echo.private(`conversation.${CONVERSATION}`),
    [`private-${pairOf(at)}`]: echo.private(pairOf(at)),
  };
  const outcomes = Object.fromEntries(Object.keys(channels).map((name) => [name, "unanswered"]));
  const received = new Set();
  const answered = Object.entries(channels).map(([name, channel]) => {
    channel.listen(".end", () => received.add(name));
    return new Promise((resolve) => {
      const become = (outcome) => {
        outcomes[name] = outcome;
        resolve();
      };
      channel.subscribed(() => become("listens"));
      channel.error((error) => become(`refused: ${JSON.stringify(error)}`));
    });
  });
  return { echo, states, outcomes, answered: Promise.all(answered), received, names: Object.keys(channels) };
}

for (let round = 0; round < ROUNDS; round++) {
  test(`${CLIENTS} Echo clients at the very start get all of their subscriptions, time ${round + 1}`, async () => {
    const world = await startWorld({ limits: WIDE, pusher: { gateways: round % 2 === 0 ? 1 : 4 } });
    const clients = [];
    try {
      await writeRoom(world);
      clients.push(...USERS.map((_, at) => listens(world, at)));
      const all = Promise.all(clients.map(({ answered }) => answered));
      let timer;
      const patience = new Promise((resolve) => {
        timer = setTimeout(resolve, 60_000);
      });
      await Promise.race([all, patience]);
      clearTimeout(timer);
      for (const [at, { outcomes, states }] of clients.entries()) {
        const wrong = Object.entries(outcomes).filter(([, outcome]) => outcome !== "listens");
        assert.deepEqual(wrong, [], `client ${at}, whose connection was ${states}`);
      }
      const members = async (channel) => {
        const { users } = await (await backend(world).get({ path: `/channels/${channel}/users` })).json();
        return users.length;
      };
      assert.equal(await members("presence-chat"), CLIENTS);
      assert.equal(await members(`presence-room.${ROOM}`), CLIENTS);
      assert.equal((await world.rows("SELECT id FROM conversations WHERE type = 'dm'")).length, CLIENTS / 2);
      assert.equal((await world.rows("SELECT id FROM rooms WHERE is_general = 1")).length, 1);
      await backend(world).trigger([...new Set(clients.flatMap(({ names }) => names))], "end", {});
      await eventually(
        () => clients.every(({ received, names }) => received.size === names.length),
        "the last event on all channels",
      );
      assert.deepEqual(
        world.printed.filter((line) => /"level":"(warn|error)/.test(line)),
        [],
        "no warning or error",
      );
    } finally {
      for (const { echo } of clients) echo.disconnect();
      await world.stop();
    }
  });
}
