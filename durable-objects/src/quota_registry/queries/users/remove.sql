DELETE FROM persons
WHERE source = ?1 AND user_id IN (SELECT p.value ->> 0 FROM json_each(?2) AS p WHERE p.value ->> 1 = 0)
