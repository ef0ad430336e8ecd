DELETE FROM announcements
WHERE number <= (SELECT MAX(newest.number) FROM announcements AS newest) - ?1
