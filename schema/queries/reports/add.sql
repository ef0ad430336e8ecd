-- Adds nothing if the person has an open report of the message.
INSERT INTO reports (id, tenant_id, conversation_id, room_id, message_id, sender_id, reported_by, reason, note, created_at)
SELECT ?1, ?2, ?3, (SELECT r.id FROM rooms AS r WHERE r.conversation_id = ?3), ?4, ?5, ?6, ?7, ?8, ?9
WHERE true
ON CONFLICT (tenant_id, message_id, reported_by) WHERE resolved_at IS NULL DO NOTHING
RETURNING id
