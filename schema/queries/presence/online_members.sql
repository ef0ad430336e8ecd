-- Members whose own channel is open. Only one of the two parts runs: a small conversation looks up the presence of each
-- member, a large one looks up the membership of each online user.
WITH page AS MATERIALIZED (
    SELECT m.conversation_id, m.user_id, m.last_read_seq, c.message_count, c.uncounted_count, c.purged_ordinal,
        c.purged_uncounted
    FROM conversations AS c
    CROSS JOIN members AS m ON m.conversation_id = c.id AND m.user_id > ?5
    CROSS JOIN presence AS p
        ON p.tenant_id = ?1 AND p.user_id = m.user_id AND p.source = ?3 AND p.online_until > ?4
    WHERE
        c.tenant_id = ?1
        AND c.id = ?2
        AND c.deleted_at IS NULL
        AND c.member_count <= CAST(?7 AS INTEGER)
    UNION ALL
    SELECT m.conversation_id, m.user_id, m.last_read_seq, c.message_count, c.uncounted_count, c.purged_ordinal,
        c.purged_uncounted
    FROM conversations AS c
    CROSS JOIN presence AS p INDEXED BY presence_online
        ON p.tenant_id = ?1 AND p.source = ?3 AND p.online_until > ?4 AND p.user_id > ?5
    CROSS JOIN members AS m ON m.conversation_id = c.id AND m.user_id = p.user_id
    WHERE
        c.tenant_id = ?1
        AND c.id = ?2
        AND c.deleted_at IS NULL
        AND c.member_count > CAST(?7 AS INTEGER)
    ORDER BY 2
    LIMIT CAST(?6 AS INTEGER)
)
SELECT
    page.user_id,
    max(
        0,
        page.message_count - page.uncounted_count
        - max(page.purged_ordinal - page.purged_uncounted, coalesce((
            SELECT m.ordinal - m.uncounted FROM messages AS m
            WHERE m.conversation_id = page.conversation_id AND m.seq <= page.last_read_seq
            ORDER BY m.seq DESC
            LIMIT 1
        ), 0), coalesce((
            SELECT t.ordinal - t.uncounted FROM tombstones AS t
            WHERE t.conversation_id = page.conversation_id AND t.seq <= page.last_read_seq
            ORDER BY t.seq DESC
            LIMIT 1
        ), 0))
        - (
            SELECT count(*) FROM messages AS m INDEXED BY messages_deleted
            WHERE
                m.conversation_id = page.conversation_id
                AND m.seq > page.last_read_seq
                AND m.deleted_at IS NOT NULL
                AND m.in_channel = 1
                AND m.type <> 'system'
        )
        - (
            SELECT count(*) FROM tombstones AS t
            WHERE
                t.conversation_id = page.conversation_id
                AND t.seq > page.last_read_seq
                AND t.ordinal > page.purged_ordinal
                AND t.is_counted = 1
        )
    ) AS unread_count,
    (
        SELECT count(*) FROM mentions AS n INDEXED BY mentions_by_user
        WHERE
            n.conversation_id = page.conversation_id
            AND n.user_id IN (page.user_id, '')
            AND n.thread_id = ''
            AND n.seq > page.last_read_seq
            AND n.sender_id <> page.user_id
            AND NOT EXISTS (
                SELECT 1 FROM blocks AS b
                WHERE b.tenant_id = ?1 AND b.user_id = page.user_id AND b.blocked_id = n.sender_id
            )
    ) AS mention_count
FROM page
ORDER BY page.user_id
