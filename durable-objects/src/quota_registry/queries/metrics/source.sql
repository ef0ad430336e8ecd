SELECT counts FROM metric_sources WHERE source = ?1
