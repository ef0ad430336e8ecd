DELETE FROM traces WHERE name = ?1
