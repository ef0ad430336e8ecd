SELECT
    number, id, kinds, events, state, attempts, last_status, last_error, given_up, next_at, created_at, ended_at
FROM deliveries
WHERE endpoint = ?1 AND number < ?2
ORDER BY number DESC
LIMIT CAST(?3 AS INTEGER)
