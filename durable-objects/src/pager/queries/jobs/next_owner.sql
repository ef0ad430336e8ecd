-- The next user after ?3 who raised an alert with due jobs, with the time of the first of them.
SELECT MIN(owner)
FROM jobs
WHERE is_slow = ?1 AND owner > ?3 AND next_at <= ?2
