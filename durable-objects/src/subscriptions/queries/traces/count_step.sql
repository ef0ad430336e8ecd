UPDATE traces SET steps = steps + 1 WHERE name = ?1 AND steps < ?2
