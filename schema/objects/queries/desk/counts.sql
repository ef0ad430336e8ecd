-- Open alerts, those that nobody has taken, those that not everybody was told of, and errands that wait.
SELECT
    (SELECT COUNT(*) FROM alerts WHERE closed_at IS NULL),
    (
        SELECT COUNT(*) FROM alerts
        WHERE closed_at IS NULL AND alert ->> '$.status' = 'triggered'
    ),
    (SELECT COUNT(*) FROM alerts WHERE is_told = 0),
    (SELECT COUNT(*) FROM errands)
