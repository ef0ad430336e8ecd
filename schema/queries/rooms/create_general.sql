-- A tenant has one general room. It has no owner: its first visitor gets no special role.
INSERT INTO rooms (
    id, tenant_id, conversation_id, name, search_name, visibility, is_general, created_by, created_at, fold_version
)
SELECT ?1, ?2, ?3, ?4, ?5, 'public', 1, ?6, ?7, ?8
WHERE NOT EXISTS (SELECT 1 FROM rooms AS r WHERE r.tenant_id = ?2 AND r.is_general = 1)
