-- Keeps the newest ?2 shared notifications of conversation ?1.
DELETE FROM shared_notifications
WHERE conversation_id = ?1 AND id <= (
    SELECT newest.id FROM shared_notifications AS newest
    WHERE newest.conversation_id = ?1
    ORDER BY newest.id DESC
    LIMIT 1 OFFSET CAST(?2 AS INTEGER)
)
