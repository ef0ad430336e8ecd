-- Whether the conversation is deleted, and whether that is because it is being imported.
SELECT
    c.deleted_at IS NOT NULL AS is_deleted,
    EXISTS (SELECT 1 FROM imports AS i WHERE i.conversation_id = c.id) AS is_imported
FROM conversations AS c
WHERE c.tenant_id = ?1 AND c.id = ?2
