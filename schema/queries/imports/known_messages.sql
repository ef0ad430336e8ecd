-- ?1: a JSON array of ids. Ids are unique across tenants.
SELECT m.id, m.conversation_id, m.seq, m.thread_id, m.deleted_at IS NOT NULL AS is_deleted
FROM json_each(?1) AS item
CROSS JOIN messages AS m ON m.id = item.value
