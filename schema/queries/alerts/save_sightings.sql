-- ?2: a JSON array of sightings. An existing row stays unchanged.
INSERT INTO alert_sightings (tenant_id, alert_id, number, at, lat, lng, string, accuracy, source)
SELECT
    ?1,
    item.value ->> 'alert_id',
    item.value ->> 'number',
    item.value ->> 'at',
    item.value ->> 'lat',
    item.value ->> 'lng',
    item.value ->> 'string',
    item.value ->> 'accuracy',
    item.value ->> 'source'
FROM json_each(?2) AS item
WHERE TRUE
ON CONFLICT (tenant_id, alert_id, number) DO NOTHING
