INSERT INTO waiting (hook, number, tries, next_at)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (hook, number) DO UPDATE SET tries = excluded.tries, next_at = excluded.next_at
