-- ?2: a JSON array of views. A row is written if it is new or newer than the stored one.
INSERT INTO alert_views (tenant_id, id, seq, user_id, behind, status, drill, created_at, closed_at, body)
SELECT
    ?1,
    item.value ->> 'id',
    item.value ->> 'seq',
    item.value ->> 'user_id',
    item.value ->> 'behind',
    item.value ->> 'status',
    item.value ->> 'drill',
    item.value ->> 'created_at',
    item.value ->> 'closed_at',
    item.value ->> 'body'
FROM json_each(?2) AS item
WHERE TRUE
ON CONFLICT (tenant_id, id) DO UPDATE SET
    seq = excluded.seq,
    behind = excluded.behind,
    status = excluded.status,
    closed_at = excluded.closed_at,
    body = excluded.body
WHERE alert_views.seq < excluded.seq
