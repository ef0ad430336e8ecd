SELECT message_id
FROM log
WHERE
    ordinal IS NOT NULL
    AND in_channel = 1
    AND CASE WHEN json_valid(event) THEN event ->> '$.partial.type' END IS NOT 'system'
ORDER BY seq DESC
LIMIT 1
