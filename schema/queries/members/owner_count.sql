SELECT count(*) AS owners
FROM members INDEXED BY members_owners
WHERE conversation_id = ?2 AND role = 'owner' AND tenant_id = ?1
