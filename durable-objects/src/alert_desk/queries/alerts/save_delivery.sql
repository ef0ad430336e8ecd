-- Each time keeps its first value. Writes nothing if no time is new or the alert does not exist.
INSERT INTO deliveries (alert_id, user_id, via, sent_at, delivered_at, seen_at, acknowledged_at, seq)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
WHERE EXISTS (SELECT 1 FROM alerts WHERE id = ?1)
ON CONFLICT (alert_id, user_id, via) DO UPDATE SET
    sent_at = COALESCE(sent_at, excluded.sent_at),
    delivered_at = COALESCE(delivered_at, excluded.delivered_at),
    seen_at = COALESCE(seen_at, excluded.seen_at),
    acknowledged_at = COALESCE(acknowledged_at, excluded.acknowledged_at),
    seq = excluded.seq
WHERE (sent_at IS NULL AND excluded.sent_at IS NOT NULL)
    OR (delivered_at IS NULL AND excluded.delivered_at IS NOT NULL)
    OR (seen_at IS NULL AND excluded.seen_at IS NOT NULL)
    OR (acknowledged_at IS NULL AND excluded.acknowledged_at IS NOT NULL)
