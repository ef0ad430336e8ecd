-- What administrators see of these users: a JSON array of ids. Counts end at 100. ?3 is the time.
SELECT
    asked.value AS user_id,
    (
        SELECT count(*) FROM (
            SELECT 1 FROM members AS m
            WHERE m.tenant_id = ?1 AND m.user_id = asked.value
            LIMIT 100
        ) AS page
    ) AS conversations,
    (
        SELECT count(*) FROM (
            SELECT 1 FROM sanctions AS s
            WHERE s.tenant_id = ?1 AND s.user_id = asked.value AND s.kind = 'ban' AND (s.until IS NULL OR s.until > ?3)
            LIMIT 100
        ) AS page
    ) AS bans,
    (
        SELECT count(*) FROM (
            SELECT 1 FROM sanctions AS s
            WHERE s.tenant_id = ?1 AND s.user_id = asked.value AND s.kind = 'mute' AND s.until > ?3
            LIMIT 100
        ) AS page
    ) AS mutes,
    (
        SELECT r.before FROM revocations AS r
        WHERE r.tenant_id = ?1 AND r.kind = 'user' AND r.subject = asked.value
    ) AS revoked_before
FROM json_each(?2) AS asked
