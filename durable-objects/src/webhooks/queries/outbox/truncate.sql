-- Keeps at most the newest ?1 rows.
DELETE FROM happenings
WHERE number <= (SELECT MAX(number) FROM happenings) - ?1
