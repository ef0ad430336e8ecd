-- Conversations of an import that are not open, and their messages.
SELECT count(*) AS conversations, coalesce(sum(i.message_count), 0) AS messages
FROM imports AS i
WHERE i.tenant_id = ?1 AND i.import = ?2
