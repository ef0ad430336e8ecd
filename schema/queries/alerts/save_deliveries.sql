-- ?2: a JSON array of deliveries. A row is written if it is new or newer than the stored one.
INSERT INTO alert_deliveries
(tenant_id, alert_id, user_id, via, seq, sent_at, delivered_at, seen_at, acknowledged_at)
SELECT
    ?1,
    item.value ->> 'alert_id',
    item.value ->> 'user_id',
    item.value ->> 'via',
    item.value ->> 'seq',
    item.value ->> 'sent_at',
    item.value ->> 'delivered_at',
    item.value ->> 'seen_at',
    item.value ->> 'acknowledged_at'
FROM json_each(?2) AS item
WHERE TRUE
ON CONFLICT (tenant_id, alert_id, user_id, via) DO UPDATE SET
    seq = excluded.seq,
    sent_at = excluded.sent_at,
    delivered_at = excluded.delivered_at,
    seen_at = excluded.seen_at,
    acknowledged_at = excluded.acknowledged_at
WHERE alert_deliveries.seq < excluded.seq
