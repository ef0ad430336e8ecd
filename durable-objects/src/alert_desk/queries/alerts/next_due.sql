SELECT MIN(due_at)
FROM (
    SELECT MIN(a.due_at) AS due_at
    FROM alerts AS a
    WHERE a.due_at IS NOT NULL
    UNION ALL
    SELECT MIN(v.due_at)
    FROM views AS v
    WHERE v.due_at IS NOT NULL
) AS due
