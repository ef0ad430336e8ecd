UPDATE fills SET after_seq = ?3 WHERE number = ?1 AND after_seq = ?2
