-- Of these conversations, a JSON array of ids, those of the person.
SELECT m.conversation
FROM json_each(?2) AS id
CROSS JOIN conversations AS c ON c.id = id.value
CROSS JOIN memberships AS m ON m.person = ?1 AND m.conversation = c.number
