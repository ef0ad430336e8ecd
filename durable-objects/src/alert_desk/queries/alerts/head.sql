-- The newest position: a row is deleted only if its alert has a newer position.
SELECT MAX(
    COALESCE((SELECT MAX(seq) FROM alerts), 0),
    COALESCE((SELECT MAX(seq) FROM entries), 0),
    COALESCE((SELECT MAX(seq) FROM sightings), 0),
    COALESCE((SELECT MAX(seq) FROM deliveries), 0),
    COALESCE((SELECT MAX(seq) FROM views), 0),
    COALESCE((SELECT MAX(seq) FROM view_entries), 0)
)
