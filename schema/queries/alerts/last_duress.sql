SELECT number
FROM alert_entries INDEXED BY alert_entries_of_duress
WHERE tenant_id = ?1 AND alert_id = ?2 AND what = 'duress'
ORDER BY number DESC
LIMIT 1
