-- The user's name in notifications of others.
UPDATE notifications SET actor_name = actor_id
WHERE (tenant_id, user_id, id) IN (
    SELECT n.tenant_id, n.user_id, n.id
    FROM notifications AS n INDEXED BY notifications_by_actor
    WHERE n.tenant_id = ?1 AND n.actor_id = ?2 AND n.actor_name <> n.actor_id AND n.created_at <= ?3
    LIMIT CAST(?4 AS INTEGER)
)
RETURNING 1 AS erased
