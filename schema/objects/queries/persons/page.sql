SELECT source, user_id, connections FROM persons
WHERE (source, user_id) > (?1, ?2) ORDER BY source, user_id LIMIT ?3
