-- Retention in days of each app's reports, which is that of its audit entries, and the time of its oldest report.
SELECT
    a.tenant_id,
    max(30, coalesce(CAST(a.settings ->> '$.retention.audit_days' AS INTEGER), 365)) AS days,
    (
        SELECT r.created_at FROM reports AS r WHERE r.tenant_id = a.tenant_id ORDER BY r.created_at LIMIT 1
    ) AS oldest_at
FROM apps AS a
WHERE a.tenant_id > ?1
ORDER BY a.tenant_id
LIMIT CAST(?2 AS INTEGER)
