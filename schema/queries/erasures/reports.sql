-- The user's words in reports that they made.
UPDATE reports SET note = ''
WHERE id IN (
    SELECT r.id
    FROM reports AS r
    WHERE r.tenant_id = ?1 AND r.reported_by = ?2 AND r.note <> '' AND r.created_at <= ?3
    LIMIT CAST(?4 AS INTEGER)
)
RETURNING 1 AS erased
