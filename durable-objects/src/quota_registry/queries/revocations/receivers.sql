SELECT DISTINCT source FROM revocation_receivers WHERE source > ?1 ORDER BY source LIMIT ?2
