-- ?3: a JSON array of [user id, position]. Markers only move forward, and only members have one. The INSERT always
-- conflicts: an UPDATE would scan all members for each marker.
INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at, updated_at, last_read_seq)
SELECT m.conversation_id, m.user_id, m.tenant_id, m.role, m.joined_at, ?4, marker.value ->> 1
FROM json_each(?3) AS marker
CROSS JOIN members AS m ON m.conversation_id = ?2 AND m.user_id = marker.value ->> 0
WHERE m.tenant_id = ?1 AND m.last_read_seq < marker.value ->> 1
ON CONFLICT (conversation_id, user_id) DO UPDATE SET
    last_read_seq = excluded.last_read_seq,
    updated_at = excluded.updated_at
