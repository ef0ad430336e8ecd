INSERT INTO messages (number, id, conversation, updated_seq, length) VALUES (?1, ?2, ?3, ?4, ?5)
