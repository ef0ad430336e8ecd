-- A tenant has one general room.
INSERT INTO conversations (id, tenant_id, type, dm_key, report_id, metadata, created_by, created_at, member_count)
SELECT ?1, ?2, 'room', NULL, NULL, '{}', ?3, ?4, 0
WHERE NOT EXISTS (SELECT 1 FROM rooms AS r WHERE r.tenant_id = ?2 AND r.is_general = 1)
