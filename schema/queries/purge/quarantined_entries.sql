DELETE FROM quarantined_entries
WHERE (tenant_id, conversation_id, seq) IN (
    SELECT tenant_id, conversation_id, seq FROM quarantined_entries
    WHERE quarantined_at <= ?1
    ORDER BY quarantined_at
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING 1 AS purged
