INSERT INTO waiting (number, until, happening)
VALUES (?1, ?2, ?3)
