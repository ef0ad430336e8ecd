SELECT id, user_id, pending FROM scheduled
WHERE ended IS NULL AND due_at <= ?1
ORDER BY due_at, send_at, id
LIMIT CAST(?2 AS INTEGER)
