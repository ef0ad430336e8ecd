-- A delivery that is queued again keeps its place.
INSERT INTO deliveries (endpoint, id, kinds, events, payload, state, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, 'pending', ?6)
ON CONFLICT (endpoint, id) DO UPDATE SET
    state = 'pending', attempts = 0, last_status = NULL, last_error = NULL, given_up = NULL, next_at = NULL, ended_at = NULL
