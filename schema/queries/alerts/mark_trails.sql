-- After alerts/save_sightings, with the same ?2: these alerts have a trail.
UPDATE alerts SET has_trail = 1
WHERE
    tenant_id = ?1
    AND id IN (SELECT item.value ->> 'alert_id' FROM json_each(?2) AS item)
    AND has_trail = 0
