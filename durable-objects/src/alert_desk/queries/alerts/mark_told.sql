-- Only if ?2 is still the change to announce: a newer change stays pending.
UPDATE alerts
SET untold_seq = NULL
WHERE id = ?1 AND untold_seq = ?2
