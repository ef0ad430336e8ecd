-- Names after (?2, ?3); both are empty for the first page. Without erased users.
SELECT
    u.id,
    u.name,
    u.avatar,
    u.created_at,
    u.updated_at,
    u.presence = 'visible' AND EXISTS (
        -- The plus forces a lookup by user: the index by time would scan everyone online.
        SELECT 1 FROM presence AS p
        WHERE p.tenant_id = u.tenant_id AND p.user_id = u.id AND +p.online_until > ?4
    ) AS is_online,
    CASE WHEN u.presence = 'visible' THEN (
        SELECT max(p.last_seen_at) FROM presence AS p
        WHERE p.tenant_id = u.tenant_id AND p.user_id = u.id
    ) END AS last_seen_at,
    u.search_name AS place
FROM users AS u
WHERE u.tenant_id = ?1 AND (u.search_name, u.id) > (?2, ?3) AND u.erased_at IS NULL
ORDER BY u.search_name, u.id
LIMIT CAST(?5 AS INTEGER)
