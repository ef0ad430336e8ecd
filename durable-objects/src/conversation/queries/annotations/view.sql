-- The annotations of a message, the user's own reactions as a JSON array of [emoji, is_removed], and whether the message was sent in the
-- log as it stands.
SELECT
    (SELECT a.annotations FROM annotations AS a WHERE a.message_id = ?1) AS annotations,
    (
        SELECT json_group_array(json_array(r.emoji, r.is_removed))
        FROM reactions AS r
        WHERE r.message_id = ?1 AND r.user_id = ?2
    ) AS own,
    EXISTS (SELECT 1 FROM log AS l WHERE l.message_id = ?1 AND l.ordinal IS NOT NULL) AS is_sent
