-- ?3: a JSON array of ids of alerts of the user that have ended.
UPDATE alerts SET
    has_trail = 0,
    body = json_remove(
        json_replace(
            body,
            '$.user.name', user_id,
            '$.apartment.id', NULL,
            '$.apartment.address', NULL,
            '$.location', NULL,
            '$.note', NULL,
            '$.reason', NULL,
            '$.closed_by.name', CASE
                WHEN body ->> '$.closed_by.id' = user_id THEN user_id
                ELSE body ->> '$.closed_by.name'
            END
        ),
        '$.pretence'
    )
WHERE
    tenant_id = ?1
    AND user_id = ?2
    AND id IN (SELECT item.value FROM json_each(?3) AS item)
    AND closed_at IS NOT NULL
