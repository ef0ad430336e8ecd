-- The last of the newest ?4 messages that fit ?1, numbered from ?2 to ?3. Nothing if there are fewer.
SELECT f.rowid FROM texts AS f
WHERE f.texts MATCH ?1 AND f.rowid >= CAST(?2 AS INTEGER) AND f.rowid <= CAST(?3 AS INTEGER)
ORDER BY f.rowid DESC
LIMIT 1 OFFSET CAST(?4 AS INTEGER) - 1
