-- ?2 is 1 to withdraw also the pages that stay needed until the alert is over (while_open).
DELETE FROM jobs
WHERE page IN (SELECT p.number FROM pages AS p WHERE p.alert_id = ?1 AND p.while_open <= ?2)
