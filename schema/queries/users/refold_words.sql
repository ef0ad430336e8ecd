-- ?1 as in refold_forget.sql.
INSERT INTO user_words (tenant_id, word, user_id)
SELECT u.tenant_id, word.value, u.id
FROM json_each(?1) AS item
CROSS JOIN users AS u ON u.tenant_id = item.value ->> 0 AND u.id = item.value ->> 1
CROSS JOIN json_each(item.value -> 4) AS word
WHERE u.name = item.value ->> 2
ON CONFLICT (tenant_id, word, user_id) DO NOTHING
