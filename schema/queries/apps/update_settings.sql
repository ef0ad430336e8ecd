-- Settings that somebody else changed meanwhile would become NULL, which refuses the whole batch.
UPDATE apps SET settings = CASE WHEN settings = ?2 THEN ?3 END, updated_at = ?4
WHERE tenant_id = ?1
