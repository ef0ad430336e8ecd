-- ?2: a JSON array of rows. Only of conversations that are being imported.
INSERT INTO members (
    conversation_id, user_id, tenant_id, role, joined_at, updated_at, last_read_seq, last_read_at, notify,
    notifications_muted_until, favorite, archived_at
)
SELECT
    i.conversation_id,
    item.value ->> 'user_id',
    i.tenant_id,
    item.value ->> 'role',
    item.value ->> 'joined_at',
    item.value ->> 'updated_at',
    item.value ->> 'last_read_seq',
    item.value ->> 'last_read_at',
    item.value ->> 'notify',
    item.value ->> 'notifications_muted_until',
    item.value ->> 'favorite',
    item.value ->> 'archived_at'
FROM json_each(?2) AS item
CROSS JOIN imports AS i ON i.conversation_id = item.value ->> 'conversation_id'
WHERE i.tenant_id = ?1
ON CONFLICT (conversation_id, user_id) DO UPDATE SET
    role = excluded.role,
    joined_at = excluded.joined_at,
    updated_at = excluded.updated_at,
    last_read_seq = excluded.last_read_seq,
    last_read_at = excluded.last_read_at,
    notify = excluded.notify,
    notifications_muted_until = excluded.notifications_muted_until,
    favorite = excluded.favorite,
    archived_at = excluded.archived_at
