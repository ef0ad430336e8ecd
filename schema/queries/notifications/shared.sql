-- The beginning of a query on what person ?2 finds on their list: `shared` has the notifications of all members in conversations of the
-- person, with the person's reading. What they are notified of by a row of their own is left out.
WITH shared AS NOT MATERIALIZED (
    SELECT
        me.user_id,
        me.last_read_seq,
        r.id,
        r.conversation_id,
        r.seq,
        r.thread_id,
        r.message_id,
        r.mention,
        r.actor_id,
        r.actor_name,
        r.created_at,
        r.updated_at,
        coalesce(
            (
                SELECT done.read_at FROM shared_notification_reads AS done
                WHERE done.message_id = r.message_id AND done.user_id = me.user_id
            ),
            -- Not later than the marker of the conversation last moved. A release before it stored that time stored when the row changed.
            CASE
                WHEN me.last_read_seq >= r.seq
                    THEN max(r.created_at, coalesce(me.last_read_at, me.updated_at, 0))
            END
        ) AS read_at
    FROM members AS me
    CROSS JOIN shared_notifications AS r ON r.conversation_id = me.conversation_id
    CROSS JOIN conversations AS c ON c.id = r.conversation_id AND c.deleted_at IS NULL
    CROSS JOIN messages AS told ON told.id = r.message_id AND told.deleted_at IS NULL
    LEFT JOIN notification_preferences AS p ON p.tenant_id = me.tenant_id AND p.user_id = me.user_id
    WHERE
        me.tenant_id = ?1
        AND me.user_id = ?2
        AND r.tenant_id = me.tenant_id
