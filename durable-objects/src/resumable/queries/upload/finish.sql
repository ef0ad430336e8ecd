UPDATE upload SET stored = length, tail = 0, sha256 = ?2 WHERE id = ?1
