-- With the end of an upload that is to be scanned. The request that ends it makes the first attempt.
INSERT INTO file_scans (file_id, tenant_id, tries, next_at)
SELECT f.id, f.tenant_id, 1, ?3
FROM files AS f
WHERE f.id = ?2 AND f.tenant_id = ?1 AND f.status = 'scanning'
ON CONFLICT (file_id) DO NOTHING
