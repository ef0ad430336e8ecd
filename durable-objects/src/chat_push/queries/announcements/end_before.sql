DELETE FROM announcements
WHERE until <= ?1
