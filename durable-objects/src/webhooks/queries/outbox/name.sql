INSERT INTO herald (id, source)
VALUES (1, ?1)
ON CONFLICT (id) DO NOTHING
