UPDATE devices
SET is_slow = ?2
WHERE endpoint = ?1 AND is_slow <> ?2
