INSERT INTO fills (conversation, after_seq) VALUES (?1, 0)
ON CONFLICT (conversation) DO UPDATE SET after_seq = 0
