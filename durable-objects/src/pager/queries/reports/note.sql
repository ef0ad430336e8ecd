INSERT INTO reports (alert_id, user_id)
VALUES (?1, ?2)
ON CONFLICT (alert_id, user_id) DO NOTHING
