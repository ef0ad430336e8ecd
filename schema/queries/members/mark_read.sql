-- ?3: a JSON array of [user id, position, revision, time of the move]. A marker of the same revision only moves forward; one of a newer
-- revision may move back. Only members have one. The INSERT always conflicts: an UPDATE would scan all members for each
-- marker.
INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at, updated_at, last_read_seq, read_rev, last_read_at)
SELECT m.conversation_id, m.user_id, m.tenant_id, m.role, m.joined_at, ?4, marker.value ->> 1,
    marker.value ->> 2, marker.value ->> 3
FROM json_each(?3) AS marker
CROSS JOIN members AS m ON m.conversation_id = ?2 AND m.user_id = marker.value ->> 0
WHERE m.tenant_id = ?1 AND (m.read_rev, m.last_read_seq) < (marker.value ->> 2, marker.value ->> 1)
ON CONFLICT (conversation_id, user_id) DO UPDATE SET
    last_read_seq = excluded.last_read_seq,
    read_rev = excluded.read_rev,
    last_read_at = excluded.last_read_at,
    updated_at = excluded.updated_at
