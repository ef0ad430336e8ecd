SELECT auth
FROM devices
WHERE endpoint = ?1
