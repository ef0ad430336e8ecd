INSERT INTO leases (source, kind, connections, people, allowance, sent, turn, until)
VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7)
ON CONFLICT (source) DO UPDATE SET
    kind = excluded.kind,
    connections = excluded.connections,
    people = excluded.people,
    sent = excluded.sent,
    turn = excluded.turn,
    until = excluded.until
