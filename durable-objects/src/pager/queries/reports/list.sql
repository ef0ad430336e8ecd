-- Reports of one alert at a time, by user.
SELECT r.alert_id, r.user_id
FROM reports AS r
WHERE r.alert_id = (SELECT MIN(f.alert_id) FROM reports AS f)
ORDER BY r.user_id
LIMIT CAST(?1 AS INTEGER)
