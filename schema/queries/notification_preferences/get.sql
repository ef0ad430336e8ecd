SELECT kinds, do_not_disturb
FROM notification_preferences
WHERE tenant_id = ?1 AND user_id = ?2
