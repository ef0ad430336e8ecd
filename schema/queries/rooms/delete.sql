-- The general room cannot be deleted.
UPDATE rooms SET deleted_at = ?3
WHERE tenant_id = ?1 AND id = ?2 AND deleted_at IS NULL AND is_general = 0
RETURNING id
