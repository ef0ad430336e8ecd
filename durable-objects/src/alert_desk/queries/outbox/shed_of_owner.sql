-- Keeps an owner's newest ?2 rows, and the newest one that asks guards to come.
DELETE FROM errands
WHERE
    owner = ?1
    AND number <= (SELECT e.number FROM errands AS e WHERE e.owner = ?1 ORDER BY e.number DESC LIMIT 1 OFFSET ?2)
    AND number <> COALESCE((SELECT MAX(p.number) FROM errands AS p WHERE p.owner = ?1 AND p.is_page = 1), 0)
