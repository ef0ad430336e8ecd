-- The tenant's general room is made once. It has no owner: whoever came first is no more than the others.
INSERT INTO rooms (id, tenant_id, conversation_id, name, search_name, visibility, is_general, created_by, created_at)
SELECT ?1, ?2, ?3, ?4, ?5, 'public', 1, ?6, ?7
WHERE NOT EXISTS (SELECT 1 FROM rooms AS r WHERE r.tenant_id = ?2 AND r.is_general = 1)
