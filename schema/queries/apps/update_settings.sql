-- If the settings are no longer ?2, this writes NULL, which the schema refuses: the whole batch fails.
UPDATE apps SET settings = CASE WHEN settings = ?2 THEN ?3 END, updated_at = ?4
WHERE tenant_id = ?1
