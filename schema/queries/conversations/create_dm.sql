-- Two people have one direct conversation: a second call inserts nothing. ?3, the key, is a JSON array of both: nothing is
-- inserted either if one has blocked the other.
INSERT INTO conversations (id, tenant_id, type, dm_key, report_id, metadata, created_by, created_at, member_count)
SELECT ?1, ?2, 'dm', ?3, NULL, '{}', ?4, ?5, ?6
WHERE
    NOT EXISTS (
        SELECT 1
        FROM json_each(?3) AS person
        CROSS JOIN json_each(?3) AS other
        CROSS JOIN blocks AS b ON b.tenant_id = ?2 AND b.user_id = person.value AND b.blocked_id = other.value
    )
ON CONFLICT (tenant_id, dm_key) DO NOTHING
RETURNING id
