INSERT INTO metric_minutes (slot, minute, readings)
VALUES (?1, ?2, ?3)
ON CONFLICT (slot) DO UPDATE SET
    minute = excluded.minute,
    readings = excluded.readings
