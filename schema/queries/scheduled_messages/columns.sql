-- Scheduled messages s with the files that are there.
SELECT
    s.id,
    s.conversation_id,
    s.send_at,
    s.status,
    s.draft ->> 'body' AS body,
    s.draft ->> 'message_type' AS type,
    nullif(s.draft -> 'metadata', 'null') AS metadata,
    s.draft ->> 'parent_id' AS parent_id,
    coalesce(s.draft ->> 'also_in_channel', 0) AS also_in_channel,
    s.draft ->> 'quote_id' AS quote_id,
    s.client_msg_id,
    s.message_id,
    s.problem,
    s.created_at,
    s.ended_at,
    (
        SELECT json_group_array(json_object(
            'id', f.id, 'name', f.name, 'type', f.type, 'size', f.size, 'sha256', f.sha256, 'width', f.width,
            'height', f.height, 'duration_ms', f.duration_ms, 'thumbhash', f.thumbhash, 'variants', f.variants,
            'status', f.status, 'created_at', f.created_at
        ))
        FROM json_each(s.draft, '$.attachments') AS item
        CROSS JOIN files AS f ON f.id = item.value
        WHERE f.tenant_id = s.tenant_id AND f.status IN ('ready', 'scanning', 'refused')
    ) AS attachments
FROM scheduled_messages AS s
