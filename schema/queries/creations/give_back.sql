UPDATE creations SET count = max(0, count - ?5)
WHERE tenant_id = ?1 AND user_id = ?2 AND kind = ?3 AND minute = ?4
