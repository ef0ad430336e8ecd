INSERT OR IGNORE INTO conversations (id) VALUES (?1)
