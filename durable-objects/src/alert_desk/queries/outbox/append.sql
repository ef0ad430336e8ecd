INSERT INTO errands (errand)
VALUES (?1)
