-- The annotations of a message, the user's own reactions as a JSON array of [emoji, is_removed], whether the message was sent in the
-- log as it stands, and its newest row there, if there is one.
SELECT
    (SELECT a.annotations FROM annotations AS a WHERE a.message_id = ?1) AS annotations,
    (
        SELECT json_group_array(json_array(r.emoji, r.is_removed))
        FROM reactions AS r
        WHERE r.message_id = ?1 AND r.user_id = ?2
    ) AS own,
    EXISTS (SELECT 1 FROM log AS s WHERE s.message_id = ?1 AND s.ordinal IS NOT NULL) AS is_sent,
    l.seq,
    l.event,
    l.ordinal,
    l.changed_row,
    l.uncounted
FROM (SELECT max(n.seq) AS seq FROM log AS n WHERE n.message_id = ?1) AS newest
LEFT JOIN log AS l ON newest.seq = l.seq
