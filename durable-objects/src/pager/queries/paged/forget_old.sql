DELETE FROM paged
WHERE paged_at < ?1
