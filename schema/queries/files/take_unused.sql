-- Files that no message has, unused since ?1 or longer: from now on nobody can send them.
UPDATE files SET status = 'removing'
WHERE id IN (
    SELECT f.id FROM files AS f INDEXED BY files_unused
    WHERE f.unused_at <= ?1
    ORDER BY f.unused_at
    LIMIT CAST(?2 AS INTEGER)
)
RETURNING tenant_id, id
