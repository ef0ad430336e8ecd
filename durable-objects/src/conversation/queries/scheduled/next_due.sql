SELECT due_at FROM scheduled WHERE ended IS NULL ORDER BY due_at LIMIT 1
