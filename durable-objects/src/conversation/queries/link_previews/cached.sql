SELECT preview
FROM link_cache
WHERE url = ?1 AND until > ?2
