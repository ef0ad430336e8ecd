-- ?3: a JSON array.
INSERT INTO user_words (tenant_id, word, user_id)
SELECT ?1, item.value, ?2
FROM json_each(?3) AS item
WHERE true
ON CONFLICT (tenant_id, word, user_id) DO NOTHING
