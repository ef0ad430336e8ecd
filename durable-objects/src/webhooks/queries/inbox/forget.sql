-- Deletes at most ?2 sources, those silent the longest first.
DELETE FROM sources
WHERE source IN (SELECT source FROM sources WHERE heard_at < ?1 ORDER BY heard_at LIMIT CAST(?2 AS INTEGER))
