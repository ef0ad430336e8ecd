SELECT user_id, SUM(connections) AS connections FROM persons
WHERE user_id IN (SELECT p.value ->> 0 FROM json_each(?1) AS p) GROUP BY user_id
