-- Writes the entry unless the newest one about its target of the actions ?10, a JSON array, has its action already.
INSERT INTO admin_audits
(id, tenant_id, actor_id, action, target_type, target_id, reason, metadata, created_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9
WHERE
    ?4 <> coalesce((
        SELECT a.action FROM admin_audits AS a
        WHERE
            a.tenant_id = ?2
            AND a.target_id = ?6
            AND a.action IN (SELECT item.value FROM json_each(?10) AS item)
        ORDER BY a.id DESC
        LIMIT 1
    ), '')
