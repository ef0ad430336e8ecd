-- ?2: a JSON array of rows; ?3: the time. Until the import ends, the conversations are hidden as if they were deleted.
INSERT INTO conversations (
    id, tenant_id, type, dm_key, report_id, metadata, created_by, created_at, updated_at, deleted_at
)
SELECT
    item.value ->> 'id',
    ?1,
    item.value ->> 'type',
    item.value ->> 'dm_key',
    item.value ->> 'report_id',
    item.value ->> 'metadata',
    item.value ->> 'created_by',
    item.value ->> 'created_at',
    item.value ->> 'updated_at',
    ?3
FROM json_each(?2) AS item
