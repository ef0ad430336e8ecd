-- Gateways that miss a frame of a channel whose publish was already answered. After a crash, the object reports the
-- loss to those gateways.
CREATE TABLE missed (
    gateway TEXT NOT NULL,
    channel TEXT NOT NULL,
    PRIMARY KEY (gateway, channel)
) STRICT, WITHOUT ROWID;
