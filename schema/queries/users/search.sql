-- Users with a word from ?2 up to ?3 and one in each of the ranges ?6, a JSON array of [from, to]: by word, after (?4, ?5).
-- On the first page ?4 is ?2, and ?5 is empty.
SELECT
    u.id,
    u.name,
    u.avatar,
    u.created_at,
    u.updated_at,
    u.presence = 'visible' AND EXISTS (
        -- The plus forces a lookup by user: the index by time would scan everyone online.
        SELECT 1 FROM presence AS p
        WHERE p.tenant_id = u.tenant_id AND p.user_id = u.id AND +p.online_until > ?7
    ) AS is_online,
    CASE WHEN u.presence = 'visible' THEN (
        SELECT max(p.last_seen_at) FROM presence AS p
        WHERE p.tenant_id = u.tenant_id AND p.user_id = u.id
    ) END AS last_seen_at,
    w.word AS place
FROM user_words AS w
CROSS JOIN users AS u ON u.tenant_id = w.tenant_id AND u.id = w.user_id
WHERE
    w.tenant_id = ?1
    AND (w.word, w.user_id) > (?4, ?5)
    AND w.word < ?3
    -- Only a forged position is below it.
    AND +w.word >= ?2
    -- A user is found once, at the first of their words that fits.
    AND NOT EXISTS (
        SELECT 1 FROM user_words AS earlier
        WHERE
            earlier.tenant_id = w.tenant_id AND earlier.user_id = w.user_id
            AND earlier.word >= ?2 AND earlier.word < w.word
    )
    AND NOT EXISTS (
        SELECT 1 FROM json_each(?6) AS sought
        WHERE NOT EXISTS (
            SELECT 1 FROM user_words AS other
            WHERE
                other.tenant_id = w.tenant_id AND other.user_id = w.user_id
                AND other.word >= sought.value ->> 0 AND other.word < sought.value ->> 1
        )
    )
ORDER BY w.word, w.user_id
LIMIT CAST(?8 AS INTEGER)
