-- ?4: a JSON array of ids. Keeps the files for a message that is about to be sent.
UPDATE files SET
    claimed_at = ?5,
    claimed_in = ?3,
    unused_at = CASE WHEN unused_at IS NOT NULL THEN ?5 END
WHERE
    id IN (SELECT item.value FROM json_each(?4) AS item)
    AND tenant_id = ?1
    AND uploader_id = ?2
    AND status IN ('ready', 'scanning')
RETURNING
    id,
    name,
    type,
    size,
    sha256,
    width,
    height,
    duration_ms,
    thumbhash,
    variants,
    status,
    created_at
