-- The general room, also one that is being imported.
SELECT r.id FROM rooms AS r WHERE r.tenant_id = ?1 AND r.is_general = 1
UNION ALL
SELECT r.id
FROM imports AS i
CROSS JOIN rooms AS r ON r.conversation_id = i.conversation_id
WHERE i.tenant_id = ?1 AND i.is_general = 1
