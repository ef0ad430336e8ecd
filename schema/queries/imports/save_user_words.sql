-- ?2: a JSON array of {id, words}.
INSERT INTO user_words (tenant_id, word, user_id)
SELECT ?1, word.value, item.value ->> 'id'
FROM json_each(?2) AS item
CROSS JOIN json_each(item.value, '$.words') AS word
WHERE true
ON CONFLICT (tenant_id, word, user_id) DO NOTHING
