-- Open alerts, those that nobody has taken, those that not everybody was told of, and errands that wait.
SELECT
    (SELECT COUNT(*) FROM alerts WHERE closed_at IS NULL),
    (
        SELECT COUNT(*) FROM alerts
        WHERE closed_at IS NULL AND alert ->> '$.status' = 'triggered'
    ),
    (SELECT COUNT(*) FROM alerts WHERE untold_seq IS NOT NULL),
    (SELECT COUNT(*) FROM errands)
