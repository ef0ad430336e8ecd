-- ?2: a JSON array of entries. An existing row stays unchanged.
INSERT INTO alert_view_entries (tenant_id, alert_id, number, body)
SELECT
    ?1,
    item.value ->> 'alert_id',
    item.value ->> 'number',
    item.value ->> 'body'
FROM json_each(?2) AS item
WHERE TRUE
ON CONFLICT (tenant_id, alert_id, number) DO NOTHING
