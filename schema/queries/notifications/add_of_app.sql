-- ?2: a JSON array of user ids, of which unknown ones are skipped. The same key again changes the notification, which is
-- unread then, if it says something else.
INSERT INTO notifications (
    tenant_id, user_id, id, kind, source, title, body, url, data, created_at, updated_at
)
SELECT u.tenant_id, u.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10
FROM json_each(?2) AS item
CROSS JOIN users AS u ON u.tenant_id = ?1 AND u.id = item.value
LEFT JOIN notification_preferences AS p ON p.tenant_id = u.tenant_id AND p.user_id = u.id
WHERE coalesce(p.kinds ->> '$.app.inbox', true)
ON CONFLICT (tenant_id, user_id, kind, source) DO UPDATE SET
    title = excluded.title,
    body = excluded.body,
    url = excluded.url,
    data = excluded.data,
    updated_at = excluded.updated_at,
    read_at = NULL
WHERE
    (notifications.title, notifications.body, notifications.url, notifications.data)
    IS NOT (excluded.title, excluded.body, excluded.url, excluded.data)
