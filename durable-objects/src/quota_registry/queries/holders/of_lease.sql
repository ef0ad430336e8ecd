SELECT source, kind
FROM leases WHERE source = ?4 AND source >= ?1 AND connections > 0 AND until > ?3 LIMIT CAST(?2 AS INTEGER)
