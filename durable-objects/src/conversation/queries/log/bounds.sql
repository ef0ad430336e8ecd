-- Two subqueries: one SELECT with both min and max would scan the whole log.
SELECT (SELECT min(seq) FROM log) AS first, (SELECT max(seq) FROM log) AS last
