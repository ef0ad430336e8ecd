UPDATE conversations SET deleted_at = ?3
WHERE
    tenant_id = ?1
    AND deleted_at IS NULL
    AND id = (SELECT r.conversation_id FROM rooms AS r WHERE r.tenant_id = ?1 AND r.id = ?2 AND r.is_general = 0)
