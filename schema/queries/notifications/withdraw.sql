-- ?2: a JSON array of the ids of deleted messages.
DELETE FROM notifications INDEXED BY notifications_by_message
WHERE tenant_id = ?1 AND message_id IN (SELECT item.value FROM json_each(?2) AS item)
RETURNING user_id, id
