-- After invites/take, in one batch: only if invites/take admitted the user.
UPDATE conversations SET member_count = member_count + 1
WHERE
    tenant_id = ?1
    AND id = ?2
    AND EXISTS (SELECT 1 FROM room_invites AS i WHERE i.id = ?3 AND i.last_use = ?4)
