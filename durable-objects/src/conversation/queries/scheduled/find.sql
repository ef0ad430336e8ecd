SELECT user_id, ended FROM scheduled WHERE id = ?1
