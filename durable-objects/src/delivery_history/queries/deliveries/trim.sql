-- Keeps the newest ?3 of an endpoint's deliveries in a state.
DELETE FROM deliveries
WHERE endpoint = ?1 AND state = ?2 AND number <= (
    SELECT older.number
    FROM deliveries AS older
    WHERE older.endpoint = ?1 AND older.state = ?2
    ORDER BY older.number DESC
    LIMIT 1 OFFSET ?3
)
