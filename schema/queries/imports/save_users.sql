-- ?2: a JSON array of rows; ?3: the version of the folding. Users that the app already has stay as they are.
INSERT INTO users (
    tenant_id, id, name, search_name, avatar, created_at, updated_at, fold_version, presence, receipts
)
SELECT
    ?1,
    item.value ->> 'id',
    item.value ->> 'name',
    item.value ->> 'search_name',
    item.value ->> 'avatar',
    item.value ->> 'created_at',
    item.value ->> 'updated_at',
    ?3,
    item.value ->> 'presence',
    item.value ->> 'receipts'
FROM json_each(?2) AS item
WHERE true
ON CONFLICT (tenant_id, id) DO NOTHING
