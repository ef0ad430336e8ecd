SELECT number, announcement, delivered_up_to, tries
FROM announcements
WHERE next_at <= ?1
ORDER BY next_at
LIMIT 1
