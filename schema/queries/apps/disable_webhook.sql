-- Without a webhook of the URL ?2, this writes NULL, which the schema refuses: the whole batch fails. ?3 is NULL to enable
-- it.
UPDATE apps SET
    webhooks = CASE WHEN EXISTS (
        SELECT 1
        FROM json_each(apps.webhooks) AS known
        WHERE known.value ->> '$.url' = ?2
    ) THEN (
        SELECT
            json_group_array(
                json(
                    CASE
                        WHEN hook.value ->> '$.url' <> ?2 THEN hook.value
                        WHEN ?3 IS NULL THEN json_remove(hook.value, '$.disabled_at')
                        ELSE json_set(hook.value, '$.disabled_at', ?3)
                    END
                )
            )
        FROM json_each(apps.webhooks) AS hook
    ) END,
    updated_at = ?4
WHERE tenant_id = ?1
