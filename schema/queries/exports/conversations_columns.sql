SELECT
    c.id,
    c.type,
    c.dm_key,
    c.report_id,
    c.metadata,
    c.created_by,
    c.created_at,
    CASE WHEN r.id IS NULL THEN c.updated_at ELSE r.updated_at END AS updated_at,
    c.last_seq,
    CASE WHEN r.id IS NOT NULL THEN json_object(
        'id', r.id, 'name', r.name, 'description', r.description, 'visibility', r.visibility,
        'is_general', r.is_general, 'post', r.post, 'slow_mode_s', r.slow_mode_s
    ) END AS room
