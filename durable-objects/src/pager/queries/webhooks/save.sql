INSERT INTO hooks (id, hook)
VALUES (?1, ?2)
ON CONFLICT (id) DO UPDATE SET hook = excluded.hook
