DELETE FROM reactions WHERE seq <= ?1
