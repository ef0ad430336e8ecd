SELECT due_at FROM scheduled WHERE ended IS NOT NULL ORDER BY due_at LIMIT 1
