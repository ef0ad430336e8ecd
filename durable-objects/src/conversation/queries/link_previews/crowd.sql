-- The newest ?1 stay.
DELETE FROM link_cache
WHERE url IN (SELECT kept.url FROM link_cache AS kept ORDER BY kept.until DESC LIMIT -1 OFFSET ?1)
