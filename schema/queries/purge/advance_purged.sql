-- Advances purged_ordinal over the oldest messages, up to the first that was sent at or after ?3. The next statements
-- in the batch delete up to that ordinal.
UPDATE conversations SET
    (purged_ordinal, purged_uncounted) = (
        WITH page AS MATERIALIZED (
            SELECT m.seq, m.ordinal, m.uncounted, m.created_at FROM messages AS m
            WHERE m.conversation_id = ?2
            ORDER BY m.seq
            LIMIT CAST(?4 AS INTEGER)
        )
        SELECT
            max(conversations.purged_ordinal, coalesce(max(page.ordinal), 0)),
            max(conversations.purged_uncounted, coalesce(max(page.uncounted), 0))
        FROM page
        WHERE page.seq < coalesce((SELECT min(page.seq) FROM page WHERE page.created_at >= ?3), 9007199254740991)
    )
WHERE tenant_id = ?1 AND id = ?2
