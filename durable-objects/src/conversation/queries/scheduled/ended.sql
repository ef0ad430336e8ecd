SELECT ended FROM scheduled
WHERE ended IS NOT NULL AND due_at <= ?1
ORDER BY due_at
LIMIT CAST(?2 AS INTEGER)
