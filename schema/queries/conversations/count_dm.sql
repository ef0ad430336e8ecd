-- ?2: the key of a direct conversation, a JSON array of both people.
UPDATE conversations SET member_count = (
    SELECT count(*) FROM json_each(?2) AS person
    CROSS JOIN members AS m ON m.conversation_id = conversations.id AND m.user_id = person.value
)
WHERE tenant_id = ?1 AND dm_key = ?2
