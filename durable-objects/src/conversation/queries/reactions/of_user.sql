-- Without the row that says that the record was read.
SELECT emoji, is_removed FROM reactions WHERE message_id = ?1 AND user_id = ?2 AND emoji <> '' ORDER BY emoji
