-- Gateways are neighbours by name.
SELECT source, kind FROM (
    SELECT g.source, g.kind FROM leases AS g
    WHERE g.source >= max(?1, 'gateway.') AND g.source < 'gateway/' AND g.connections > 0 AND g.until > ?3
    UNION ALL
    SELECT t.source, t.kind FROM leases AS t
    WHERE t.source = ?4 AND t.source >= ?1 AND t.connections > 0 AND t.until > ?3
)
ORDER BY source LIMIT CAST(?2 AS INTEGER)
