-- How many people are online from anywhere, up to ?3 of them. Reads those who are online, not all who ever were.
SELECT count(*) AS people FROM (
    SELECT DISTINCT p.user_id FROM presence AS p INDEXED BY presence_online
    WHERE p.tenant_id = ?1 AND p.online_until > ?2
    LIMIT CAST(?3 AS INTEGER)
) AS page
