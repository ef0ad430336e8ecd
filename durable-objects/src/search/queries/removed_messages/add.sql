INSERT OR IGNORE INTO removed_messages (id, removed_at) VALUES (?1, ?2)
