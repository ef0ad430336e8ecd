-- Number of users online from any source, counted up to ?3. Reads rows of online users only.
SELECT count(*) AS people FROM (
    SELECT DISTINCT p.user_id FROM presence AS p INDEXED BY presence_online
    WHERE p.tenant_id = ?1 AND p.online_until > ?2
    LIMIT CAST(?3 AS INTEGER)
) AS page
