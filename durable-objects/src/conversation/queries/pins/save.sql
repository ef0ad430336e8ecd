INSERT INTO pins (message_id) VALUES (?1) ON CONFLICT (message_id) DO NOTHING
