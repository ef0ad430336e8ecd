DELETE FROM report_leases
WHERE channel IN (SELECT channel FROM report_leases WHERE until <= ?1 ORDER BY until LIMIT CAST(?2 AS INTEGER))
