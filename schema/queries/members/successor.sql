-- Who is to own a group after ?3: the moderator, or else the member, of longest standing.
SELECT m.user_id
FROM members AS m
WHERE m.tenant_id = ?1 AND m.conversation_id = ?2 AND m.user_id <> ?3
ORDER BY m.role = 'moderator' DESC, m.joined_at, m.user_id
LIMIT 1
