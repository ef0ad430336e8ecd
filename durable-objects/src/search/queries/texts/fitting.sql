SELECT rowid AS number FROM texts
WHERE texts MATCH ?1
LIMIT ?2
