-- A count of rows has to look at all of them: the limit is where it stops.
SELECT COUNT(*)
FROM (SELECT 1 FROM devices WHERE expires_at > 0 LIMIT ?1) AS page
