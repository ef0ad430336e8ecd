SELECT seq, event, ordinal, changed_row
FROM log
WHERE seq > ?1 AND ordinal IS NOT NULL
ORDER BY seq
LIMIT ?2
