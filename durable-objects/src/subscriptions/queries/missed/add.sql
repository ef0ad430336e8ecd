INSERT INTO missed (gateway, channel) VALUES (?1, ?2) ON CONFLICT DO NOTHING
