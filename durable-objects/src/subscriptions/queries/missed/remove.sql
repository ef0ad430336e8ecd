DELETE FROM missed WHERE gateway = ?1
