-- Looks at ?6 members, by user id after ?3: who has read up to the position ?4, the author ?5 of the message there apart. Who
-- shows no receipts counts as one who has not.
SELECT
    page.user_id,
    u.name,
    u.avatar,
    page.last_read_seq >= ?4 AND page.user_id <> ?5 AND u.receipts = 'public' AS has_read
FROM (
    SELECT m.tenant_id, m.user_id, m.last_read_seq
    FROM members AS m
    WHERE m.conversation_id = ?2 AND m.tenant_id = ?1 AND m.user_id > ?3
    ORDER BY m.user_id
    LIMIT CAST(?6 AS INTEGER)
) AS page
CROSS JOIN users AS u ON u.tenant_id = page.tenant_id AND u.id = page.user_id
ORDER BY page.user_id
