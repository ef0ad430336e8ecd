-- Public channels that have listeners, by gateway: a channel is vacated when no gateway is left.
CREATE TABLE occupied_channels (
    channel TEXT NOT NULL,
    gateway TEXT NOT NULL,
    PRIMARY KEY (channel, gateway)
) STRICT, WITHOUT ROWID;
