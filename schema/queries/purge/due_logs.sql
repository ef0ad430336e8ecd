SELECT
    c.tenant_id,
    c.id AS conversation_id,
    c.log_due_at AS due_at,
    c.last_seq,
    CASE
        WHEN
            json_type(a.settings, '$.retention.message_days') = 'integer'
            AND a.settings ->> '$.retention.message_days' > 0
            THEN a.settings ->> '$.retention.message_days'
    END AS message_days
FROM conversations AS c
CROSS JOIN apps AS a ON a.tenant_id = c.tenant_id
WHERE c.log_due_at <= ?1
ORDER BY c.log_due_at
LIMIT CAST(?2 AS INTEGER)
