INSERT INTO happenings (happening)
VALUES (?1)
