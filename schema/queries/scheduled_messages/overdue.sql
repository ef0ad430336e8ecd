-- Conversations with the longest overdue messages, of all tenants.
SELECT DISTINCT page.tenant_id, page.conversation_id
FROM (
    SELECT s.tenant_id, s.conversation_id
    FROM scheduled_messages AS s
    WHERE s.status = 'pending' AND s.check_at <= ?1
    ORDER BY s.check_at
    LIMIT CAST(?2 AS INTEGER)
) AS page
