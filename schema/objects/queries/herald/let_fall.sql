-- Keeps the newest.
DELETE FROM happenings
WHERE number <= (SELECT MAX(number) FROM happenings) - ?1
