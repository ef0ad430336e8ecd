-- Open alerts, open alerts that nobody acknowledged, alerts with a change to announce, and pending errands.
SELECT
    (SELECT COUNT(*) FROM alerts WHERE closed_at IS NULL),
    (
        SELECT COUNT(*) FROM alerts
        WHERE closed_at IS NULL AND alert ->> '$.status' = 'triggered'
    ),
    (SELECT COUNT(*) FROM alerts WHERE untold_seq IS NOT NULL),
    (SELECT COUNT(*) FROM errands)
