DELETE FROM link_cache
WHERE until <= ?1
