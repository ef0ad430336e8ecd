-- ?2 is 1 to withdraw those for whoever has taken the alert, too.
DELETE FROM jobs
WHERE page IN (SELECT p.number FROM pages AS p WHERE p.alert_id = ?1 AND p.while_open <= ?2)
