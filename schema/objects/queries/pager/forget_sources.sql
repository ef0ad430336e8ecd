-- Those that were silent the longest, a few at a time.
DELETE FROM sources
WHERE source IN (SELECT source FROM sources WHERE heard_at < ?1 ORDER BY heard_at LIMIT ?2)
