INSERT OR IGNORE INTO conversations (id)
SELECT id.value FROM json_each(?1) AS id
