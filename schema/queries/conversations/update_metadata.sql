UPDATE conversations SET metadata = ?3, updated_at = ?4
WHERE tenant_id = ?1 AND id = ?2 AND deleted_at IS NULL
RETURNING id
