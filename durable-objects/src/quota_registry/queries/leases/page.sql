SELECT source, kind, connections, people, sent, turn, until
FROM leases WHERE source > ?1 ORDER BY source LIMIT CAST(?2 AS INTEGER)
