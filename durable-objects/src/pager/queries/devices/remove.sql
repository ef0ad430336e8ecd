DELETE FROM devices
WHERE endpoint = ?1
