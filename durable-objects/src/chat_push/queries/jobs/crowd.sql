DELETE FROM jobs
WHERE number <= (SELECT MAX(newest.number) FROM jobs AS newest) - ?1
