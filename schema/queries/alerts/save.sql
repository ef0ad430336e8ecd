-- ?2: a JSON array of alerts. A row is written if it is new or newer than the stored one, so batches may repeat and
-- arrive out of order.
INSERT INTO alerts
(tenant_id, id, seq, user_id, status, drill, created_at, updated_at, closed_at, due_at, has_trail, body)
SELECT
    ?1,
    item.value ->> 'id',
    item.value ->> 'seq',
    item.value ->> 'user_id',
    item.value ->> 'status',
    item.value ->> 'drill',
    item.value ->> 'created_at',
    item.value ->> 'updated_at',
    item.value ->> 'closed_at',
    item.value ->> 'due_at',
    EXISTS (SELECT 1 FROM alert_sightings AS s WHERE s.tenant_id = ?1 AND s.alert_id = item.value ->> 'id'),
    item.value ->> 'body'
FROM json_each(?2) AS item
WHERE TRUE
ON CONFLICT (tenant_id, id) DO UPDATE SET
    seq = excluded.seq,
    status = excluded.status,
    drill = excluded.drill,
    updated_at = excluded.updated_at,
    closed_at = excluded.closed_at,
    due_at = excluded.due_at,
    body = excluded.body
WHERE alerts.seq < excluded.seq
