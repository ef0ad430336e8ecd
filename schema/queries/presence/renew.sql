INSERT INTO presence (tenant_id, user_id, source, online_until, last_seen_at)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (tenant_id, user_id, source) DO UPDATE SET
    online_until = excluded.online_until,
    last_seen_at = max(last_seen_at, excluded.last_seen_at)
