SELECT sum(octet_length(event)) AS bytes FROM log WHERE seq > ?1 AND seq <= ?2
