-- If the secret's generation is no longer ?2, an earlier secret is still valid, or the audit entry ?7 exists, this writes NULL,
-- which the schema refuses: the whole batch fails. A trigger revokes what the previous generation has signed, from the time on
-- when its secret ends.
UPDATE apps SET
    secret = CASE
        WHEN
            secret_generation = ?2
            AND (previous_secret IS NULL OR coalesce(previous_secret_until, 0) <= ?6)
            AND NOT EXISTS (SELECT 1 FROM admin_audits AS a WHERE a.id = ?7)
            THEN ?3
    END,
    previous_secret = ?4,
    previous_secret_until = ?5,
    secret_generation = secret_generation + 1,
    updated_at = ?6
WHERE tenant_id = ?1
