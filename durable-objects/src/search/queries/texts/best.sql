-- The newest ?5 of the person ?6 (NULL: of the conversations in the expression) among the newest ?4 messages that fit ?1, numbered from ?2
-- to ?3, by rank: messages that have the words of ?7 next to each other come first, then short ones, then new ones. After
-- rank ?8 and number ?9.
WITH permitted AS MATERIALIZED (
    SELECT d.number, d.id, d.length
    FROM (
        SELECT f.rowid AS number FROM texts AS f
        WHERE f.texts MATCH ?1 AND f.rowid >= CAST(?2 AS INTEGER) AND f.rowid <= CAST(?3 AS INTEGER)
        ORDER BY f.rowid DESC
        LIMIT CAST(?4 AS INTEGER)
    ) AS page
    CROSS JOIN messages AS d ON d.number = page.number
    WHERE ?6 IS NULL OR EXISTS (
        SELECT 1 FROM memberships AS m WHERE m.person = ?6 AND m.conversation = d.conversation
    )
    LIMIT CAST(?5 AS INTEGER)
),
next AS MATERIALIZED (
    SELECT f.rowid AS number FROM texts AS f
    WHERE f.texts MATCH ?7 AND f.rowid >= CAST(?2 AS INTEGER) AND f.rowid <= CAST(?3 AS INTEGER)
    ORDER BY f.rowid DESC
    LIMIT CAST(?4 AS INTEGER)
),
ranked AS MATERIALIZED (
    SELECT
        p.number,
        p.id,
        CASE
            WHEN p.length <= 8 THEN 1
            WHEN p.length <= 32 THEN 2
            WHEN p.length <= 128 THEN 3
            ELSE 4
        END + CASE WHEN p.number IN (SELECT n.number FROM next AS n) THEN 0 ELSE 10 END AS rank
    FROM permitted AS p
)
SELECT r.number, r.id, r.rank
FROM ranked AS r
WHERE r.rank > ?8 OR (r.rank = ?8 AND r.number < ?9)
ORDER BY r.rank, r.number DESC
LIMIT CAST(?10 AS INTEGER)
