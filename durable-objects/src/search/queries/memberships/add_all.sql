INSERT OR IGNORE INTO memberships (person, conversation)
SELECT ?1, c.number
FROM json_each(?2) AS id
CROSS JOIN conversations AS c ON c.id = id.value
