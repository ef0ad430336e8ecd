-- Every object where the user has connections.
INSERT INTO revocation_receivers (source, kind, subject, version)
SELECT p.source, ?1, ?2, ?3 FROM persons AS p WHERE p.user_id = ?2
ON CONFLICT (source, kind, subject) DO UPDATE SET version = excluded.version
