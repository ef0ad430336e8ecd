-- ?3: the folded id; ?4: the time. A user who has come back after ?5 keeps the new name.
UPDATE users SET
    name = id,
    search_name = ?3,
    avatar = NULL,
    presence = 'visible',
    receipts = 'public',
    updated_at = ?4,
    erased_at = ?4
WHERE tenant_id = ?1 AND id = ?2 AND coalesce(updated_at, created_at) <= ?5
