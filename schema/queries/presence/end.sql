-- Every other row goes when its sockets are gone.
DELETE FROM presence
WHERE tenant_id = ?1 AND user_id = ?2 AND source = ?4 AND ?4 <> ?3
