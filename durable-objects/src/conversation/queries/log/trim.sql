DELETE FROM log WHERE seq <= ?1
