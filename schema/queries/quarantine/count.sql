WITH page AS (SELECT 1 FROM quarantined_entries WHERE tenant_id = ?1 LIMIT CAST(?2 AS INTEGER))
SELECT count(*) AS n FROM page
