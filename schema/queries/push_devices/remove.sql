-- ?3: the person whose device it is.
DELETE FROM push_devices
WHERE tenant_id = ?1 AND endpoint = ?2 AND user_id = ?3
