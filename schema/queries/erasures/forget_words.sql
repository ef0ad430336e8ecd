DELETE FROM user_words
WHERE
    tenant_id = ?1
    AND user_id = ?2
    AND EXISTS (SELECT 1 FROM users AS u WHERE u.tenant_id = ?1 AND u.id = ?2 AND u.erased_at IS NOT NULL)
