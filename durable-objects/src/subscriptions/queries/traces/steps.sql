SELECT step FROM trace_steps WHERE trace = ?1 ORDER BY number LIMIT CAST(?2 AS INTEGER)
