-- Every object with connections.
INSERT INTO revocation_receivers (source, kind, subject, version)
SELECT l.source, ?1, ?2, ?3 FROM leases AS l WHERE l.connections > 0
ON CONFLICT (source, kind, subject) DO UPDATE SET version = excluded.version
