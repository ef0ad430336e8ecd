INSERT INTO notification_preferences (tenant_id, user_id, kinds, do_not_disturb, updated_at)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (tenant_id, user_id) DO UPDATE SET
    kinds = excluded.kinds,
    do_not_disturb = excluded.do_not_disturb,
    updated_at = excluded.updated_at
