UPDATE announcements
SET delivered_up_to = ?2, tries = 0, next_at = ?3
WHERE number = ?1
