SELECT payload, kinds, events
FROM deliveries
WHERE endpoint = ?1 AND id = ?2
