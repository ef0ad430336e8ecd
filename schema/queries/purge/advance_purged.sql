-- Advances purged_ordinal over the oldest messages, up to the first that was sent at or after ?3. The next statements
-- in the batch delete up to that ordinal.
UPDATE conversations SET
    purged_ordinal = max(purged_ordinal, coalesce((
        WITH page AS MATERIALIZED (
            SELECT m.seq, m.ordinal, m.created_at FROM messages AS m
            WHERE m.conversation_id = ?2
            ORDER BY m.seq
            LIMIT CAST(?4 AS INTEGER)
        )
        SELECT max(page.ordinal) FROM page
        WHERE page.seq < coalesce((SELECT min(page.seq) FROM page WHERE page.created_at >= ?3), 9007199254740991)
    ), 0))
WHERE tenant_id = ?1 AND id = ?2
