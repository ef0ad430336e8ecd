INSERT INTO ready (number, happening)
VALUES (?1, ?2)
