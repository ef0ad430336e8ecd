-- The newest position: rows only leave whose alert has one that is newer.
SELECT MAX(
    COALESCE((SELECT MAX(seq) FROM alerts), 0),
    COALESCE((SELECT MAX(seq) FROM entries), 0),
    COALESCE((SELECT MAX(seq) FROM sightings), 0),
    COALESCE((SELECT MAX(seq) FROM deliveries), 0)
)
