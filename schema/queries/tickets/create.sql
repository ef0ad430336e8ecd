INSERT INTO tickets (ticket_hash, principal, expires_at) VALUES (?1, ?2, ?3)
