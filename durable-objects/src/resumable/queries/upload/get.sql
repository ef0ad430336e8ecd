-- The one row.
SELECT
    id,
    tenant_id,
    user_id,
    name,
    metadata,
    length,
    settings,
    created_at,
    expires_at,
    parts_id,
    stored,
    tail,
    content_type,
    width,
    height,
    sha256
FROM upload
LIMIT 1
