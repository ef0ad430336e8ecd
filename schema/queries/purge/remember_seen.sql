-- Copies last_seen_at of the rows that presence.sql deletes next to the row of the user's own channel.
INSERT INTO presence (tenant_id, user_id, source, online_until, last_seen_at)
SELECT page.tenant_id, page.user_id, 'me', max(page.last_seen_at), max(page.last_seen_at)
FROM (
    SELECT tenant_id, user_id, last_seen_at FROM presence
    WHERE source <> 'me' AND online_until <= ?1
    ORDER BY online_until, tenant_id, user_id, source
    LIMIT CAST(?2 AS INTEGER)
) AS page
GROUP BY page.tenant_id, page.user_id
ON CONFLICT (tenant_id, user_id, source) DO UPDATE SET last_seen_at = max(last_seen_at, excluded.last_seen_at)
