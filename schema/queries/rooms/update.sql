-- NULL leaves a field unchanged.
UPDATE rooms SET
    name = coalesce(?3, name),
    search_name = coalesce(?4, search_name),
    fold_version = CASE WHEN ?4 IS NULL THEN fold_version ELSE ?8 END,
    description = coalesce(?5, description),
    visibility = coalesce(?6, visibility),
    post = coalesce(?9, post),
    slow_mode_s = coalesce(?10, slow_mode_s),
    updated_at = ?7
WHERE tenant_id = ?1 AND id = ?2 AND deleted_at IS NULL
RETURNING id
