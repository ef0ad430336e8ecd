-- ?3: the user's id as a JSON string.
DELETE FROM quarantined_entries
WHERE tenant_id = ?1 AND conversation_id = ?2 AND instr(entry, ?3) > 0
