DELETE FROM targets WHERE target = ?1
