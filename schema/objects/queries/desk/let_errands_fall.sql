-- Keeps the newest.
DELETE FROM errands
WHERE number <= (SELECT MAX(number) FROM errands) - ?1
