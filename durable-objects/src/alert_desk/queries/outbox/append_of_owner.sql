INSERT INTO errands (errand, owner, is_page)
VALUES (?1, ?2, ?3)
