DELETE FROM tickets WHERE expires_at <= ?1
