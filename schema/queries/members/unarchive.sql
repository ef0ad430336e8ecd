-- ?3: a JSON array of [sender, time of their newest message]. A message unarchives for members who archived before it,
-- unless it is their own or their notifications are muted at its time. A repeated batch is older than a later archiving.
UPDATE members INDEXED BY members_archived SET archived_at = NULL
WHERE
    conversation_id = ?2
    AND archived_at IS NOT NULL
    AND tenant_id = ?1
    AND EXISTS (
        SELECT 1 FROM json_each(?3) AS sent
        WHERE
            sent.value ->> 0 <> members.user_id
            AND sent.value ->> 1 > members.archived_at
            AND sent.value ->> 1 >= coalesce(members.notifications_muted_until, 0)
    )
RETURNING
    user_id,
    notifications_muted_until,
    notify,
    favorite,
    archived_at IS NOT NULL AS archived
