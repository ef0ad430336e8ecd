SELECT minute, readings FROM metric_minutes WHERE minute >= ?1 ORDER BY minute LIMIT CAST(?2 AS INTEGER)
