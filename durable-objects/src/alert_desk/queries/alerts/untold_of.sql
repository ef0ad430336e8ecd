SELECT untold_seq, alert
FROM alerts
WHERE id = ?1 AND untold_seq IS NOT NULL
