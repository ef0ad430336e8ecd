INSERT INTO meta (key, value)
VALUES ('errands', ?1)
ON CONFLICT (key) DO NOTHING
