-- NULL leaves a field as it is. ?5 is 1 if ?6, which may be NULL, is the new end of the mute. Archiving again counts from now.
UPDATE members SET
    notify = coalesce(?4, notify),
    notifications_muted_until = CASE WHEN ?5 = 1 THEN ?6 ELSE notifications_muted_until END,
    favorite = coalesce(?7, favorite),
    archived_at = CASE ?8 WHEN 1 THEN ?9 WHEN 0 THEN NULL ELSE archived_at END
WHERE tenant_id = ?1 AND conversation_id = ?2 AND user_id = ?3
RETURNING
    notifications_muted_until,
    notify,
    favorite,
    archived_at IS NOT NULL AS archived
