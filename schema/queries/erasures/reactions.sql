-- The user's reactions after position (?3, ?4), page by page.
SELECT r.conversation_id, r.seq, r.emoji
FROM reactions AS r
WHERE r.tenant_id = ?1 AND r.user_id = ?2 AND (r.conversation_id, r.seq) > (?3, ?4)
ORDER BY r.conversation_id, r.seq
LIMIT CAST(?5 AS INTEGER)
