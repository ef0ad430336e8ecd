SELECT last_success_at, last_failure_at, last_failure_status, last_failure
FROM results
WHERE endpoint = ?1
