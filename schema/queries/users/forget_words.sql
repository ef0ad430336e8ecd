-- ?3: the words that remain, a JSON array.
DELETE FROM user_words
WHERE tenant_id = ?1 AND user_id = ?2 AND word NOT IN (SELECT value FROM json_each(?3))
