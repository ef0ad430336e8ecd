INSERT INTO traces (name, info, steps, left_out) VALUES (?1, ?2, 0, 0)
