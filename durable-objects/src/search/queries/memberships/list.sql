SELECT conversation FROM memberships WHERE person = ?1 LIMIT CAST(?2 AS INTEGER)
