INSERT INTO trace_steps (trace, number, step) SELECT name, steps, ?2 FROM traces WHERE name = ?1 AND steps < ?3
