DELETE FROM deliveries
WHERE ended_at <= ?1
