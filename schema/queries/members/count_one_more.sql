-- Before members/add, in one batch: counts only a user who is neither a member nor banned.
UPDATE conversations SET member_count = member_count + 1
WHERE
    tenant_id = ?1
    AND id = ?2
    AND deleted_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM members AS m WHERE m.conversation_id = ?2 AND m.user_id = ?3)
    AND NOT EXISTS (
        SELECT 1 FROM sanctions AS ban
        WHERE
            ban.conversation_id = ?2 AND ban.kind = 'ban' AND ban.user_id = ?3
            AND (ban.until IS NULL OR ban.until > ?4)
    )
