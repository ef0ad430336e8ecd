SELECT MIN(next_at)
FROM announcements
