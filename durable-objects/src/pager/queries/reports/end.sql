DELETE FROM reports
WHERE alert_id = ?1 AND user_id IN (SELECT p.value FROM json_each(?2) AS p)
