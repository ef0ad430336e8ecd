SELECT
    f.id,
    f.uploader_id,
    f.name,
    f.type,
    f.size,
    f.sha256,
    f.status,
    f.claimed_at,
    f.claimed_in,
    s.tries,
    s.verdict,
    s.reason
FROM file_scans AS s
CROSS JOIN files AS f ON f.id = s.file_id
WHERE s.file_id = ?2 AND s.tenant_id = ?1 AND f.tenant_id = ?1 AND f.status IN ('scanning', 'ready', 'refused')
