UPDATE messages SET updated_seq = ?2, length = ?3 WHERE number = ?1
