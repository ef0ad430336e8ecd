-- Without system messages, which have no author.
SELECT seq, event, ordinal, changed_row, uncounted
FROM log
WHERE seq <= ?1 AND ordinal IS NOT NULL AND in_channel = 1 AND sender_id IS NOT NULL
ORDER BY seq DESC
LIMIT 1
