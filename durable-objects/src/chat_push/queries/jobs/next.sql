SELECT MIN(next_at)
FROM jobs
