-- What list_unread.sql lists, counted up to ?3. ?4: the present time.
SELECT count(*) AS unread FROM (
    SELECT 1
    FROM notifications AS n INDEXED BY notifications_unread
    LEFT JOIN messages AS m ON m.id = n.message_id AND m.deleted_at IS NULL
    WHERE
        n.tenant_id = ?1
        AND n.user_id = ?2
        AND n.read_at IS NULL
