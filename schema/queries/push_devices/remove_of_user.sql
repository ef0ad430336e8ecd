DELETE FROM push_devices
WHERE tenant_id = ?1 AND user_id = ?2
