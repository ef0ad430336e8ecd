-- COUNT reads every row: the LIMIT bounds it.
SELECT COUNT(*)
FROM (SELECT 1 FROM devices WHERE expires_at > 0 LIMIT CAST(?1 AS INTEGER)) AS page
