-- One at a time: both together would read the whole log.
SELECT (SELECT min(seq) FROM log) AS first, (SELECT max(seq) FROM log) AS last
