INSERT INTO pins (user_id, pins, is_decoy)
VALUES (?1, ?2, ?3)
ON CONFLICT (user_id) DO UPDATE SET pins = excluded.pins, is_decoy = excluded.is_decoy, wrong = 0, wrong_at = NULL
