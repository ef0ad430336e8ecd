-- ?2: a JSON array of {id, head, is_general}; ?3: the name of the import.
INSERT INTO imports (conversation_id, tenant_id, import, head, is_general)
SELECT item.value ->> 'id', ?1, ?3, item.value ->> 'head', item.value ->> 'is_general'
FROM json_each(?2) AS item
