// Seed data of the benchmark, as SQL that generates its rows in bulk.

export const TENANT = "demo";
export const SECRET = "demo-secret";

/** Limits are policy, not speed, so the bench raises those that it would reach. */
const LIMITS = {
  sends_per_second: 1_000_000,
  send_burst: 1_000_000,
  conversation_sends_per_second: 1_000_000,
  conversation_send_burst: 1_000_000,
  requests_per_minute: 100_000_000,
  app_requests_per_minute: 100_000_000,
  sockets_per_user: 1_000,
  sockets_per_conversation: 32_000,
};

const NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
const COUNT_TO = (last) => `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${last})`;

/** The app, with raised limits. */
export function app() {
  return [appRow("1", TENANT, "demo-key", {})];
}

/** Another app with this number of gateways, each without a practical limit of sockets, all of which come from one address. */
export function appWithGateways(gateways) {
  const name = `gateways-${gateways}`;
  return [appRow(name, name, `${name}-key`, { gateways, sockets_per_gateway: 32_000, frames_per_address: 100_000 })];
}

function appRow(id, tenant, key, pusher) {
  const settings = JSON.stringify({ limits: LIMITS, pusher });
  return `INSERT INTO apps (id, tenant_id, key, secret, allowed_origins, settings, created_at)
     VALUES ('${id}', '${tenant}', '${key}', '${SECRET}', '["*"]', '${settings}', ${NOW})
     ON CONFLICT DO UPDATE SET settings = excluded.settings`;
}

/** Users `bench-0` to `bench-{count - 1}`. */
export function people(count) {
  return [
    `${COUNT_TO(count)}
     INSERT INTO users (tenant_id, id, name, search_name, created_at)
     SELECT '${TENANT}', 'bench-' || (i - 1), 'bench-' || (i - 1), 'bench-' || (i - 1), ${NOW} FROM n
     WHERE true ON CONFLICT DO NOTHING`,
  ];
}

/** The id of the bench's conversation with this number. */
export function conversationId(number) {
  return `01900000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;
}

/** A group with the first `members` users and a history of `messages`. */
export function conversation(id, { members, messages }) {
  const statements = [
    `INSERT INTO conversations (id, tenant_id, type, created_by, created_at, member_count, last_seq, message_count,
       last_message_at)
     VALUES ('${id}', '${TENANT}', 'group', 'bench-0', ${NOW}, ${members}, ${messages}, ${messages},
       ${messages > 0 ? NOW : "NULL"})`,
    `${COUNT_TO(members)}
     INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at)
     SELECT '${id}', 'bench-' || (i - 1), '${TENANT}', CASE i WHEN 1 THEN 'owner' ELSE 'member' END, ${NOW} FROM n`,
  ];
  // In steps, so that no single transaction grows without bound.
  const step = 100_000;
  for (let done = 0; done < messages; done += step) {
    statements.push(
      `${COUNT_TO(Math.min(step, messages - done))}
       INSERT INTO messages (conversation_id, seq, id, tenant_id, ordinal, sender_id, sender_name, type, body,
         client_msg_id, created_at, updated_seq)
       SELECT '${id}', ${done} + i, printf('0190%04x-%04x-7000-8000-', (${done} + i) / 65536, (${done} + i) % 65536) || substr('${id}', 25),
         '${TENANT}', ${done} + i, 'bench-' || (i % 2), 'bench-' || (i % 2), 'text',
         'Message number ' || (${done} + i) || ' of a long conversation, as long as people tend to write them.',
         'seed-' || (${done} + i), ${NOW}, ${done} + i FROM n`,
    );
  }
  return statements;
}

/** Empty groups, each with one user: the user with its number. */
export function ownGroups(count) {
  const id = "printf('01900000-0000-7000-8000-%012x', i - 1)";
  return [
    `${COUNT_TO(count)}
     INSERT INTO conversations (id, tenant_id, type, created_by, created_at, member_count)
     SELECT ${id}, '${TENANT}', 'group', 'bench-' || (i - 1), ${NOW}, 1 FROM n`,
    `${COUNT_TO(count)}
     INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at)
     SELECT ${id}, 'bench-' || (i - 1), '${TENANT}', 'owner', ${NOW} FROM n`,
  ];
}

/** One device for pushes of each of the first `count` users, all with the same keys. */
export function devices(count, { origin, p256dh, auth }) {
  return [
    `${COUNT_TO(count)}
     INSERT INTO push_devices (tenant_id, endpoint, user_id, p256dh, auth, created_at, expires_at)
     SELECT '${TENANT}', '${origin}/' || (i - 1), 'bench-' || (i - 1), '${p256dh}', '${auth}', ${NOW}, ${NOW} + 86400000 FROM n`,
  ];
}

/** The id of the message at a position of a conversation. */
export function messageId(conversation, seq) {
  const [high, low] = [Math.floor(seq / 65_536), seq % 65_536].map((part) => part.toString(16).padStart(4, "0"));
  return `0190${high}-${low}-7000-8000-${conversation.slice(24)}`;
}

/** Threads of the first messages of a conversation: each with replies at the end of its history, followed by the first user. */
export function threads(conversation, { threads, replies, messages }) {
  return [
    `${COUNT_TO(threads * replies)}
     INSERT INTO messages (conversation_id, seq, id, tenant_id, ordinal, sender_id, sender_name, type, body, thread_id, in_channel,
       uncounted, created_at, updated_seq)
     SELECT '${conversation}', ${messages} + i, 'reply-' || i, '${TENANT}', ${messages} + i, 'bench-1', 'bench-1', 'text',
       'Reply number ' || i || ' in a thread of a long conversation.',
       (SELECT m.id FROM messages AS m WHERE m.conversation_id = '${conversation}' AND m.seq = 1 + (i - 1) % ${threads}), 0, i,
       ${NOW}, ${messages} + i FROM n`,
    `UPDATE messages SET reply_count = ${replies}, last_reply_at = ${NOW} + seq
     WHERE conversation_id = '${conversation}' AND seq <= ${threads}`,
    `INSERT INTO thread_readers (conversation_id, user_id, thread_id, tenant_id, is_following, last_read_seq)
     SELECT conversation_id, 'bench-0', id, tenant_id, 1, seq FROM messages
     WHERE conversation_id = '${conversation}' AND seq <= ${threads}`,
    `UPDATE conversations SET last_seq = ${messages + threads * replies}, message_count = ${messages + threads * replies},
       uncounted_count = ${threads * replies} WHERE id = '${conversation}'`,
    `INSERT INTO mentions (conversation_id, user_id, seq, tenant_id, sender_id, thread_id)
     VALUES ('${conversation}', 'bench-1', 1, '${TENANT}', 'bench-0', '')`,
  ];
}

/** A group of the first two users with ten messages, of which the second user has read two and is mentioned in three. */
export function unreadConversation(id) {
  return [
    ...conversation(id, { members: 2, messages: 10 }),
    `UPDATE members SET last_read_seq = 2 WHERE conversation_id = '${id}' AND user_id = 'bench-1'`,
    `INSERT INTO mentions (conversation_id, user_id, seq, tenant_id, sender_id, thread_id)
     SELECT '${id}', 'bench-1', seq, '${TENANT}', 'bench-0', '' FROM messages
     WHERE conversation_id = '${id}' AND seq IN (4, 6, 8)`,
  ];
}

/**
 * Private rooms and the same number of users: each user is a member of the room with their number and of the next ones, and all
 * users are members of the first room.
 */
export function rooms(count, each) {
  const room = (number) => `printf('01910000-0000-7000-8000-%012x', ${number})`;
  const conversation = (number) => `printf('01920000-0000-7000-8000-%012x', ${number})`;
  return [
    `${COUNT_TO(count)}
     INSERT INTO conversations (id, tenant_id, type, created_by, created_at, member_count)
     SELECT ${conversation("i - 1")}, '${TENANT}', 'room', 'bench-0', ${NOW}, iif(i = 1, ${count}, ${each}) FROM n`,
    `${COUNT_TO(count)}
     INSERT INTO rooms (id, tenant_id, conversation_id, name, search_name, visibility, created_by, created_at)
     SELECT ${room("i - 1")}, '${TENANT}', ${conversation("i - 1")}, 'Room ' || i, 'room ' || i, 'private', 'bench-0',
       ${NOW} FROM n`,
    ...Array.from(
      { length: each },
      (_, step) => `${COUNT_TO(count)}
       INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at)
       SELECT ${conversation(`(i - 1 + ${step}) % ${count}`)}, 'bench-' || (i - 1), '${TENANT}', 'member', ${NOW} FROM n`,
    ),
    `${COUNT_TO(count)}
     INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at)
     SELECT ${conversation("0")}, 'bench-' || (i - 1), '${TENANT}', 'member', ${NOW} FROM n
     WHERE (i - 1) <> ${count} / 2 ON CONFLICT DO NOTHING`,
  ];
}

/** Gives the query planner statistics, as after some days of service. */
export function statistics() {
  return ["PRAGMA optimize"];
}
