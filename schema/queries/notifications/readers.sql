-- ?3: a JSON array of [user id, position]. Those who have unread notifications of the conversation up to their position.
SELECT marker.value ->> 0 AS user_id, marker.value ->> 1 AS up_to_seq
FROM json_each(?3) AS marker
WHERE EXISTS (
    SELECT 1 FROM notifications AS n INDEXED BY notifications_unread_of_conversation
    WHERE
        n.conversation_id = ?2
        AND n.user_id = marker.value ->> 0
        AND n.seq <= marker.value ->> 1
        AND n.tenant_id = ?1
        AND n.read_at IS NULL
)
