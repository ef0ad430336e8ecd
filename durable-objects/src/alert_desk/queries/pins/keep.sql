INSERT INTO pins (user_id, pins)
VALUES (?1, ?2)
ON CONFLICT (user_id) DO UPDATE SET pins = excluded.pins, wrong = 0, wrong_at = NULL
