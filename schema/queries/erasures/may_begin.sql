-- Whether an erasure of the user can begin: they are known and not erased, or have raised an alert, and no erasure of theirs goes on.
SELECT 1 AS known
WHERE
    CASE (SELECT u.erased_at IS NULL FROM users AS u WHERE u.tenant_id = ?1 AND u.id = ?2)
        WHEN 1 THEN 1
        WHEN 0 THEN 0
        ELSE EXISTS (SELECT 1 FROM alerts AS a WHERE a.tenant_id = ?1 AND a.user_id = ?2)
    END
    AND NOT EXISTS (
        SELECT 1 FROM erasures AS e WHERE e.tenant_id = ?1 AND e.user_id = ?2 AND e.ended_at IS NULL
    )
