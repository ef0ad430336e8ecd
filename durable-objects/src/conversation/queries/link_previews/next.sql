SELECT MIN(next_at)
FROM link_jobs
