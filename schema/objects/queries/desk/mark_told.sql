-- As it was then: who changed it meanwhile tells of it.
UPDATE alerts
SET is_told = 1
WHERE id = ?1 AND seq = ?2
