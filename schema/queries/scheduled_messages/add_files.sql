-- ?3: a JSON array of ids. Only with a message that was just scheduled under this id.
INSERT INTO scheduled_files (scheduled_id, file_id, tenant_id)
SELECT s.id, f.id, s.tenant_id
FROM json_each(?3) AS item
CROSS JOIN scheduled_messages AS s ON s.id = ?2
CROSS JOIN files AS f ON f.id = item.value
WHERE s.tenant_id = ?1 AND s.status = 'pending' AND f.tenant_id = ?1 AND f.status IN ('ready', 'scanning')
ON CONFLICT (scheduled_id, file_id) DO NOTHING
