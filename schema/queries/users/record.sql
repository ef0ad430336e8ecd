-- Inserts on first sight. Updates only if the name or the picture changed.
INSERT INTO users (tenant_id, id, name, search_name, avatar, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (tenant_id, id) DO UPDATE SET
    name = excluded.name,
    search_name = excluded.search_name,
    avatar = excluded.avatar,
    updated_at = excluded.created_at
WHERE name <> excluded.name OR avatar IS NOT excluded.avatar
