SELECT untold_seq, alert
FROM alerts
WHERE untold_seq IS NOT NULL
ORDER BY untold_seq
LIMIT CAST(?1 AS INTEGER)
