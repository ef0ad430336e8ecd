SELECT step FROM trace_steps WHERE trace = ?1 ORDER BY number LIMIT ?2
