-- ?3: a JSON array of [user id, position]: what they have read of the conversation.
UPDATE notifications SET read_at = ?4
WHERE (tenant_id, user_id, id) IN (
    SELECT n.tenant_id, n.user_id, n.id
    FROM json_each(?3) AS marker
    CROSS JOIN notifications AS n INDEXED BY notifications_unread_of_conversation
        ON n.conversation_id = ?2 AND n.user_id = marker.value ->> 0 AND n.seq <= marker.value ->> 1
    WHERE n.tenant_id = ?1 AND n.read_at IS NULL
)
