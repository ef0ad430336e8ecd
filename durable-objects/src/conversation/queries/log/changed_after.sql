SELECT seq, event, ordinal, changed_row, uncounted
FROM log
WHERE seq > ?1 AND changed_row IS NOT NULL
ORDER BY seq DESC
LIMIT CAST(?2 AS INTEGER)
