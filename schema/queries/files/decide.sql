-- Only once. A refused file has no smaller forms.
UPDATE files SET
    status = ?3,
    variants = CASE WHEN ?3 = 'refused' THEN '[]' ELSE variants END,
    thumbhash = CASE WHEN ?3 = 'refused' THEN NULL ELSE thumbhash END
WHERE id = ?2 AND tenant_id = ?1 AND status = 'scanning'
