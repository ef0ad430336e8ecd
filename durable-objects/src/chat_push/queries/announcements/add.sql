INSERT OR REPLACE INTO announcements (seq, announcement, delivered_up_to, tries, next_at, until)
VALUES (?1, ?2, '', 0, ?3, ?4)
