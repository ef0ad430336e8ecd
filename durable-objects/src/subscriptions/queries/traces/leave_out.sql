UPDATE traces SET left_out = left_out + 1 WHERE name = ?1
