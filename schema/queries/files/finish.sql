-- ?11: ready or scanning.
UPDATE files SET
    type = ?3,
    size = ?4,
    sha256 = ?5,
    width = ?6,
    height = ?7,
    duration_ms = ?8,
    thumbhash = ?9,
    variants = ?10,
    status = ?11
WHERE id = ?2 AND tenant_id = ?1 AND status = 'uploading'
RETURNING id
