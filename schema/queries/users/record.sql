-- Inserts on first sight. Updates only if the name, the picture or the folding changed, or if the user was erased.
INSERT INTO users (tenant_id, id, name, search_name, avatar, created_at, fold_version)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (tenant_id, id) DO UPDATE SET
    updated_at = CASE
        WHEN name <> excluded.name OR avatar IS NOT excluded.avatar OR erased_at IS NOT NULL THEN excluded.created_at
        ELSE updated_at
    END,
    name = excluded.name,
    search_name = excluded.search_name,
    avatar = excluded.avatar,
    fold_version = excluded.fold_version,
    erased_at = NULL
WHERE
    name <> excluded.name
    OR avatar IS NOT excluded.avatar
    OR fold_version <> excluded.fold_version
    OR erased_at IS NOT NULL
