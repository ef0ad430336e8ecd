DELETE FROM announcements
WHERE number = ?1
