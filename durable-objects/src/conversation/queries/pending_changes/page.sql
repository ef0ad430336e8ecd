SELECT subject, change FROM begun_changes ORDER BY subject LIMIT CAST(?1 AS INTEGER)
