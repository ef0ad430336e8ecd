DELETE FROM people WHERE number = ?1
