-- The name of user ?1 in events of their memberships becomes their id.
UPDATE log SET event = json_replace(event, '$.partial.name', ?1)
WHERE
    message_id IS NULL
    AND CASE
        WHEN json_valid(event)
            THEN event ->> '$.partial.user_id' = ?1 AND event ->> '$.partial.name' <> ?1
        ELSE 0
    END
