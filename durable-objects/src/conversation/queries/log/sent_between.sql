SELECT seq, event, ordinal, changed_row
FROM log
WHERE seq > ?1 AND seq < ?2 AND ordinal IS NOT NULL
ORDER BY seq DESC
LIMIT ?3
