SELECT info, left_out FROM traces WHERE name = ?1
