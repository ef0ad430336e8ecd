-- Before members/remove, in one batch: counts only a member.
UPDATE conversations SET member_count = member_count - 1
WHERE
    tenant_id = ?1
    AND id = ?2
    AND EXISTS (SELECT 1 FROM members AS m WHERE m.conversation_id = ?2 AND m.user_id = ?3)
