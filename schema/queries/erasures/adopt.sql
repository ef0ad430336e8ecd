-- Whoever raised an alert need not be known. ?3: the folded id; ?4: the time.
INSERT INTO users (tenant_id, id, name, search_name, created_at)
SELECT a.tenant_id, a.user_id, a.user_id, ?3, ?4
FROM alerts AS a
WHERE a.tenant_id = ?1 AND a.user_id = ?2
LIMIT 1
ON CONFLICT (tenant_id, id) DO NOTHING
