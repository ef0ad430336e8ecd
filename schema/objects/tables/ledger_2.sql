-- Gateways hold connections too. Whatever is leased is told again within minutes.
DROP TABLE leases;
DELETE FROM persons;
CREATE TABLE leases (
    -- A conversation's id, user.{id} for a person's own channel, gateway.{region}/{number}.
    source TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('room', 'conversation', 'channel', 'gateway')),
    connections INTEGER NOT NULL,
    people INTEGER NOT NULL,
    -- Connections it may hold, of apps with a maximum.
    allowance INTEGER NOT NULL,
    -- Messages ever sent there.
    sent INTEGER NOT NULL,
    -- Rises with every tally of the object.
    turn INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
