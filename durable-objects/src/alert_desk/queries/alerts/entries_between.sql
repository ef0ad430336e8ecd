SELECT alert_id, entry
FROM entries
WHERE seq > ?1 AND seq <= ?2
ORDER BY seq
