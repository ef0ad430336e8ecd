DELETE FROM tickets WHERE ticket_hash = ?1 RETURNING principal, expires_at
