-- Gateways that a frame of a channel has not reached yet, once that was admitted to whoever published it. An object that
-- dies meanwhile tells them that they missed something.
CREATE TABLE missed (
    gateway TEXT NOT NULL,
    channel TEXT NOT NULL,
    PRIMARY KEY (gateway, channel)
) STRICT, WITHOUT ROWID;
