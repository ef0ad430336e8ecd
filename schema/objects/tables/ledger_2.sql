-- Gateways have connections, too. Objects renew their leases within minutes, so no rows are copied.
DROP TABLE leases;
DELETE FROM persons;
CREATE TABLE leases (
    -- A conversation's id, user.{id} for a user's own channel, or gateway.{region}/{number}.
    source TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('room', 'conversation', 'channel', 'gateway')),
    connections INTEGER NOT NULL,
    people INTEGER NOT NULL,
    -- Unused since leases carry absolute counts.
    allowance INTEGER NOT NULL,
    -- Messages sent there in total.
    sent INTEGER NOT NULL,
    -- Rises with every report of the object.
    turn INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
