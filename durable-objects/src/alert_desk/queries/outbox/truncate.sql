-- Keeps at most the newest ?1 rows.
DELETE FROM errands
WHERE number <= (SELECT MAX(number) FROM errands) - ?1
