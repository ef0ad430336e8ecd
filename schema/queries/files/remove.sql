-- ?1: a JSON array of ids.
DELETE FROM files
WHERE id IN (SELECT item.value FROM json_each(?1) AS item) AND status = 'removing'
RETURNING 1 AS removed
