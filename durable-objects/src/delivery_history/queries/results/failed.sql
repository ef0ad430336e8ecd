INSERT INTO results (endpoint, last_failure_at, last_failure_status, last_failure)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (endpoint) DO UPDATE SET
    last_failure_at = excluded.last_failure_at,
    last_failure_status = excluded.last_failure_status,
    last_failure = excluded.last_failure
