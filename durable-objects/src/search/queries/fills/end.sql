DELETE FROM fills WHERE number = ?1 AND after_seq = ?2
