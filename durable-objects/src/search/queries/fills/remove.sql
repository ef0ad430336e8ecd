DELETE FROM fills WHERE conversation = ?1
