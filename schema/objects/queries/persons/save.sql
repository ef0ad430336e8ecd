INSERT INTO persons (source, user_id, connections) VALUES (?1, ?2, ?3)
ON CONFLICT (source, user_id) DO UPDATE SET connections = excluded.connections
