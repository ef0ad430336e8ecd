-- ?2: a JSON array of rows; ?3: the time; ?4: the version of the folding. Until the import ends, the rooms are hidden as if they were deleted.
INSERT INTO rooms (
    id, tenant_id, conversation_id, name, search_name, description, visibility, created_by, created_at, updated_at,
    deleted_at, fold_version, post, slow_mode_s
)
SELECT
    item.value ->> 'id',
    ?1,
    item.value ->> 'conversation_id',
    item.value ->> 'name',
    item.value ->> 'search_name',
    item.value ->> 'description',
    item.value ->> 'visibility',
    item.value ->> 'created_by',
    item.value ->> 'created_at',
    item.value ->> 'updated_at',
    ?3,
    ?4,
    item.value ->> 'post',
    item.value ->> 'slow_mode_s'
FROM json_each(?2) AS item
