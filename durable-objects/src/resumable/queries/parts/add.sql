INSERT INTO parts (number, tag) VALUES (?1, ?2) ON CONFLICT (number) DO UPDATE SET tag = excluded.tag
