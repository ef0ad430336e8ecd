-- ?3: a JSON array of [user id, position, revision], before they are written. Those whose marker moves past a shared notification that
-- they have not read.
SELECT me.user_id, marker.value ->> 1 AS up_to_seq
FROM json_each(?3) AS marker
CROSS JOIN members AS me ON me.conversation_id = ?2 AND me.user_id = marker.value ->> 0
WHERE
    me.tenant_id = ?1
    AND me.read_rev <= marker.value ->> 2
    AND EXISTS (
        SELECT 1 FROM shared_notifications AS r
        WHERE
            r.conversation_id = me.conversation_id
            AND r.seq > me.last_read_seq
            AND r.seq <= marker.value ->> 1
            AND r.actor_id <> me.user_id
            AND NOT EXISTS (
                SELECT 1 FROM shared_notification_reads AS done
                WHERE done.message_id = r.message_id AND done.user_id = me.user_id
            )
    )
