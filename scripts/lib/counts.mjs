// Recomputes the counts of the record from its messages, and compares them with what the record stores and its queries return.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./root.mjs";

/** The query of one conversation, as the schema crate puts it together. */
const CONVERSATION = ["columns", "get"]
  .map((part) => readFileSync(join(ROOT, `schema/queries/conversations/${part}.sql`), "utf8"))
  .join("");
/** Members of one conversation whose counts are recomputed: further ones have the same messages. */
const MOST_MEMBERS = 500;

const COUNTED = "deleted_at IS NULL AND in_channel = 1 AND type <> 'system'";

/** Unread messages of a member: those after the marker that are there. */
const UNREAD = `SELECT count(*) AS n FROM messages WHERE conversation_id = ?1 AND seq > ?2 AND ${COUNTED}`;

/** Mentions of a member in these, from the messages themselves. */
const MENTIONS = `SELECT count(DISTINCT m.seq || ' ' || coalesce(item.value ->> 'user_id', '')) AS n
  FROM messages AS m, json_each(m.mentions) AS item
  WHERE m.conversation_id = ?1 AND m.seq > ?2 AND m.in_channel = 1 AND m.deleted_at IS NULL AND m.sender_id <> ?3
    AND (item.value ->> 'type' <> 'user' OR item.value ->> 'user_id' = ?3)
    AND NOT EXISTS (SELECT 1 FROM blocks AS b WHERE b.user_id = ?3 AND b.blocked_id = m.sender_id AND b.tenant_id = m.tenant_id)`;

/** Checks of the record as a whole: rows with an id, what is stored, and what it is according to the messages. */
const CHECKS = {
  member_count: `SELECT id, id AS conversation_id, member_count AS stored,
      (SELECT count(*) FROM members AS m WHERE m.conversation_id = c.id) AS recomputed
    FROM conversations AS c WHERE deleted_at IS NULL AND stored <> recomputed`,
  message_count: `SELECT c.id, c.id AS conversation_id, c.message_count AS stored, max(m.ordinal) AS recomputed
    FROM conversations AS c INNER JOIN messages AS m ON m.conversation_id = c.id
    GROUP BY c.id HAVING recomputed > stored`,
  uncounted_count: `SELECT c.id, c.id AS conversation_id, c.uncounted_count AS stored, max(m.uncounted) AS recomputed
    FROM conversations AS c INNER JOIN messages AS m ON m.conversation_id = c.id
    GROUP BY c.id HAVING recomputed > stored`,
  // The number that does not count rises by one at each message that does not.
  uncounted: `SELECT conversation_id || ' ' || seq AS id, conversation_id, uncounted AS stored,
      before + (in_channel = 0 OR type = 'system') AS recomputed
    FROM (
      SELECT *, lag(uncounted) OVER own AS before, lag(ordinal) OVER own AS previous
      FROM messages WINDOW own AS (PARTITION BY conversation_id ORDER BY seq)
    ) WHERE ordinal = previous + 1 AND stored <> recomputed`,
  reply_count: `SELECT id, conversation_id, reply_count AS stored, (
      SELECT count(*) FROM messages AS r WHERE r.thread_id = m.id AND r.deleted_at IS NULL
    ) AS recomputed
    FROM messages AS m
    WHERE (reply_count <> 0 OR id IN (SELECT thread_id FROM messages)) AND stored <> recomputed`,
  reactions: `SELECT m.id, m.conversation_id, coalesce((
      SELECT group_concat(one.value ->> 'emoji' || ' ' || (one.value ->> 'count'), ', ')
      FROM (SELECT value FROM json_each(m.reactions) ORDER BY value ->> 'emoji') AS one
    ), '') AS stored, coalesce((
      SELECT group_concat(counted.emoji || ' ' || counted.n, ', ') FROM (
        SELECT r.emoji, count(*) AS n FROM reactions AS r
        WHERE r.conversation_id = m.conversation_id AND r.seq = m.seq AND r.removed_at IS NULL
        GROUP BY r.emoji ORDER BY r.emoji
      ) AS counted
    ), '') AS recomputed
    FROM messages AS m
    WHERE (m.reactions IS NOT NULL OR EXISTS (
      SELECT 1 FROM reactions AS r WHERE r.conversation_id = m.conversation_id AND r.seq = m.seq AND r.removed_at IS NULL
    )) AND stored <> recomputed`,
};

/**
 * Differences between stored and recomputed counts.
 * @param {import("node:sqlite").DatabaseSync} database the record
 * @param {Set<string>} [unflushed] conversations that are left out, because the record does not have all their events yet
 * @returns {{check: string, id: string, stored: unknown, recomputed: unknown}[]}
 */
export function differences(database, unflushed = new Set()) {
  const found = [];
  // A message in quarantine has its number, but no row to recompute from.
  const quarantined = database.prepare("SELECT DISTINCT conversation_id AS id FROM quarantined_entries").all();
  const skipped = new Set([...unflushed, ...quarantined.map(({ id }) => id)]);
  for (const [check, sql] of Object.entries(CHECKS)) {
    for (const { conversation_id, ...row } of database.prepare(sql).all()) {
      if (!skipped.has(conversation_id)) found.push({ check, ...row });
    }
  }
  const seen = database.prepare(CONVERSATION);
  const [unread, mentions] = [database.prepare(UNREAD), database.prepare(MENTIONS)];
  const members = database.prepare(`SELECT user_id, last_read_seq FROM members WHERE conversation_id = ?1
    ORDER BY user_id LIMIT ${MOST_MEMBERS}`);
  for (const { id, tenant_id } of database
    .prepare("SELECT id, tenant_id FROM conversations WHERE deleted_at IS NULL")
    .iterate()) {
    if (skipped.has(id)) continue;
    for (const { user_id, last_read_seq } of members.all(id)) {
      const stored = seen.get(tenant_id, id, user_id);
      const recomputed = {
        unread_count: unread.get(id, last_read_seq).n,
        mention_count: mentions.get(id, last_read_seq, user_id).n,
      };
      for (const [check, count] of Object.entries(recomputed)) {
        if (stored[check] === count) continue;
        found.push({ check, id: `${id} ${user_id}`, stored: stored[check], recomputed: count });
      }
    }
  }
  return found;
}
