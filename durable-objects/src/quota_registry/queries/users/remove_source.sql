DELETE FROM persons WHERE source = ?1
