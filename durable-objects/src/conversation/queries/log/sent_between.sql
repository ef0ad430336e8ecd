SELECT seq, event, ordinal, changed_row, uncounted
FROM log
WHERE seq > ?1 AND seq < ?2 AND ordinal IS NOT NULL AND in_channel = 1
ORDER BY seq DESC
LIMIT CAST(?3 AS INTEGER)
