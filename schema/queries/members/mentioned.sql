-- Members among the ids ?3, and members whose name, from one of its words on, begins with one of the folded names ?4: JSON
-- arrays. A small conversation looks up the words of its members, a large one at most
-- ?6 users with such words for each name.
SELECT
    NULL AS name,
    m.user_id,
    0 AS is_whole
FROM json_each(?3) AS item
CROSS JOIN members AS m ON m.conversation_id = ?2 AND m.user_id = item.value
WHERE m.tenant_id = ?1
UNION ALL
SELECT
    item.value AS name,
    m.user_id,
    u.search_name = item.value AS is_whole
FROM conversations AS c
CROSS JOIN members AS m ON m.conversation_id = c.id
CROSS JOIN json_each(?4) AS item
CROSS JOIN users AS u ON u.tenant_id = m.tenant_id AND u.id = m.user_id
WHERE
    c.tenant_id = ?1
    AND c.id = ?2
    AND c.member_count <= CAST(?5 AS INTEGER)
    AND EXISTS (
        SELECT 1 FROM user_words AS w
        WHERE
            w.tenant_id = m.tenant_id AND w.user_id = m.user_id
            AND w.word >= item.value AND w.word < item.value || '!'
    )
UNION ALL
SELECT
    item.value AS name,
    m.user_id,
    u.search_name = item.value AS is_whole
FROM conversations AS c
CROSS JOIN json_each(?4) AS item
CROSS JOIN
    json_each((
        SELECT json_group_array(page.user_id)
        FROM (
            SELECT w.user_id FROM user_words AS w
            WHERE w.tenant_id = ?1 AND w.word >= item.value AND w.word < item.value || '!'
            LIMIT CAST(?6 AS INTEGER)
        ) AS page
    )) AS found
CROSS JOIN members AS m ON m.conversation_id = c.id AND m.user_id = found.value
CROSS JOIN users AS u ON u.tenant_id = m.tenant_id AND u.id = m.user_id
WHERE
    c.tenant_id = ?1
    AND c.id = ?2
    AND c.member_count > CAST(?5 AS INTEGER)
