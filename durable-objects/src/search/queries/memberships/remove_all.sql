DELETE FROM memberships WHERE person = ?1
