SELECT source, heard_at, counts
FROM metric_sources WHERE source > ?1 ORDER BY source LIMIT CAST(?2 AS INTEGER)
