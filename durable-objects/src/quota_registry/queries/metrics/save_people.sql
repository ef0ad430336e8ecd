INSERT INTO metric_people (slot, day, registers)
VALUES (?1, ?2, ?3)
ON CONFLICT (slot) DO UPDATE SET
    day = excluded.day,
    registers = excluded.registers
