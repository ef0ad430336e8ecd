SELECT conversation FROM memberships WHERE person = ?1 LIMIT ?2
