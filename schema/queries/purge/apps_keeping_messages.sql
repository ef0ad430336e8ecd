-- Apps with a message retention in days, each with the time of its oldest message.
SELECT
    a.tenant_id,
    a.settings ->> '$.retention.message_days' AS days,
    (
        SELECT c.oldest_message_at FROM conversations AS c
        WHERE c.tenant_id = a.tenant_id AND c.oldest_message_at IS NOT NULL
        ORDER BY c.oldest_message_at
        LIMIT 1
    ) AS oldest_at
FROM apps AS a
WHERE
    (a.settings ->> '$.retention.message_days') IS NOT NULL
    AND json_type(a.settings, '$.retention.message_days') = 'integer'
    AND a.settings ->> '$.retention.message_days' > 0
    AND a.tenant_id > ?1
ORDER BY a.tenant_id
LIMIT CAST(?2 AS INTEGER)
