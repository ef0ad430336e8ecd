-- Of that change: who made another one meanwhile tells of it.
UPDATE alerts
SET untold_seq = NULL
WHERE id = ?1 AND untold_seq = ?2
