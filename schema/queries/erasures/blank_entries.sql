-- The timelines of the alerts ?3, a JSON array of ids, lose the name of user ?2, who raised them, and everybody's words.
UPDATE alert_entries SET
    body = json_replace(
        body,
        '$.by.name', CASE WHEN body ->> '$.by.id' = ?2 THEN ?2 ELSE body ->> '$.by.name' END,
        -- A false alarm always has a reason.
        '$.data.reason', CASE WHEN what = 'false_alarm' THEN '' END,
        '$.data.note', NULL
    )
WHERE tenant_id = ?1 AND alert_id IN (SELECT item.value FROM json_each(?3) AS item)
