SELECT source, kind, connections, people, allowance, sent, turn, until
FROM leases WHERE source > ?1 ORDER BY source LIMIT ?2
