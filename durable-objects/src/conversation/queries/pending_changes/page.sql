SELECT subject, change FROM begun_changes ORDER BY subject LIMIT ?1
