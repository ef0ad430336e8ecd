DELETE FROM marks WHERE number < ?1
