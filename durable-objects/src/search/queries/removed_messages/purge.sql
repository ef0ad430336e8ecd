DELETE FROM removed_messages WHERE removed_at < ?1
