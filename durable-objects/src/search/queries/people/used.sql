UPDATE people SET used_at = ?2 WHERE number = ?1
