SELECT source, kind
FROM leases WHERE source >= ?1 AND connections > 0 AND until > ?3 ORDER BY source LIMIT CAST(?2 AS INTEGER)
