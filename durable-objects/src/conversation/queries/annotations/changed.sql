SELECT message_id, message_seq, seq, annotations FROM annotations WHERE seq > ?1 AND seq <= ?2 ORDER BY seq
