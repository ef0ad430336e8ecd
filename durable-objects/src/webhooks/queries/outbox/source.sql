SELECT source
FROM herald
WHERE id = 1
