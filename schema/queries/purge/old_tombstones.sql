DELETE FROM tombstones
WHERE conversation_id = ?2 AND seq IN (
    SELECT page.seq
    FROM (
        SELECT seq, ordinal FROM tombstones
        WHERE conversation_id = ?2
        ORDER BY seq
        LIMIT CAST(?3 AS INTEGER)
    ) AS page
    WHERE page.ordinal <= (SELECT c.purged_ordinal FROM conversations AS c WHERE c.tenant_id = ?1 AND c.id = ?2)
)
RETURNING 1 AS purged
