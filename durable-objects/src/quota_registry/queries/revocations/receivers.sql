SELECT DISTINCT source FROM revocation_receivers WHERE source > ?1 ORDER BY source LIMIT CAST(?2 AS INTEGER)
