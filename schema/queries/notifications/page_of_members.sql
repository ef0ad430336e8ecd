-- The last of the at most ?4 members after ?3, and how many they are.
SELECT max(page.user_id) AS last, count(*) AS members FROM (
    SELECT m.user_id
    FROM members AS m
    WHERE m.conversation_id = ?2 AND m.tenant_id = ?1 AND m.user_id > ?3
    ORDER BY m.user_id
    LIMIT CAST(?4 AS INTEGER)
) AS page
