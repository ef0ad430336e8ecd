DELETE FROM begun_changes WHERE subject = ?1
