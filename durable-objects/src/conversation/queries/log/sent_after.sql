SELECT seq, event, ordinal, changed_row, uncounted
FROM log
WHERE seq > ?1 AND ordinal IS NOT NULL AND in_channel = 1
ORDER BY seq
LIMIT CAST(?2 AS INTEGER)
