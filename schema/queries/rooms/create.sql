INSERT INTO rooms (
    id,
    tenant_id,
    conversation_id,
    name,
    search_name,
    description,
    visibility,
    created_by,
    created_at,
    fold_version,
    post,
    slow_mode_s
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
