SELECT change FROM reactions WHERE seq > ?1 AND seq <= ?2 ORDER BY seq
