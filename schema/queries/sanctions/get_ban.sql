SELECT until
FROM sanctions
WHERE
    tenant_id = ?1 AND conversation_id = ?2 AND kind = 'ban' AND user_id = ?3
    AND (until IS NULL OR until > ?4)
