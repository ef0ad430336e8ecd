    AND NOT EXISTS (
        SELECT 1 FROM shared_notification_reads AS done
        WHERE done.message_id = r.message_id AND done.user_id = me.user_id
    )
    AND (is_online OR push IS NOT NULL)
