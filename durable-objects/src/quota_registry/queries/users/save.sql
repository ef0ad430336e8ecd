INSERT INTO persons (source, user_id, connections)
SELECT ?1, p.value ->> 0, p.value ->> 1 FROM json_each(?2) AS p WHERE p.value ->> 1 > 0
ON CONFLICT (source, user_id) DO UPDATE SET connections = excluded.connections
WHERE persons.connections <> excluded.connections
