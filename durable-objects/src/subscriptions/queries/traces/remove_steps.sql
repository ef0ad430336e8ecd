DELETE FROM trace_steps WHERE trace = ?1
