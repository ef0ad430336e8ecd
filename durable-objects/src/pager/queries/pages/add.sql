INSERT INTO pages (alert_id, message, is_page, while_open, until)
VALUES (?1, ?2, ?3, ?4, ?5)
