-- Whether the file was sent after ?4 to a conversation of user ?3, whose message the record may lack.
SELECT 1 AS is_arriving
FROM files AS f
CROSS JOIN members AS me ON me.conversation_id = f.claimed_in AND me.user_id = ?3
WHERE f.id = ?2 AND f.tenant_id = ?1 AND f.status IN ('ready', 'scanning') AND f.claimed_at > ?4 AND me.tenant_id = ?1
