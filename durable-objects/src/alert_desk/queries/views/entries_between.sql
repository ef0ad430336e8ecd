SELECT alert_id, entry
FROM view_entries
WHERE seq > ?1 AND seq <= ?2
ORDER BY seq
