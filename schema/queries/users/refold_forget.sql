-- ?1: a JSON array of [tenant, id, name, search name, words]. A user who has got another name meanwhile is left out.
DELETE FROM user_words
WHERE (tenant_id, user_id, word) IN (
    SELECT w.tenant_id, w.user_id, w.word
    FROM json_each(?1) AS item
    CROSS JOIN users AS u ON u.tenant_id = item.value ->> 0 AND u.id = item.value ->> 1
    CROSS JOIN user_words AS w ON w.tenant_id = u.tenant_id AND w.user_id = u.id
    WHERE u.name = item.value ->> 2
)
