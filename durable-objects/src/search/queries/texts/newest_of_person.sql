-- Of the newest ?4 messages that fit ?1, numbered from ?2 to ?3, those of the conversations of person ?6.
SELECT d.number, d.id
FROM (
    SELECT f.rowid AS number FROM texts AS f
    WHERE f.texts MATCH ?1 AND f.rowid >= CAST(?2 AS INTEGER) AND f.rowid <= CAST(?3 AS INTEGER)
    ORDER BY f.rowid DESC
    LIMIT CAST(?4 AS INTEGER)
) AS page
CROSS JOIN messages AS d ON d.number = page.number
CROSS JOIN memberships AS m ON m.person = ?6 AND m.conversation = d.conversation
LIMIT CAST(?5 AS INTEGER)
