INSERT INTO listening (channel, gateway) VALUES (?1, ?2) ON CONFLICT DO NOTHING
