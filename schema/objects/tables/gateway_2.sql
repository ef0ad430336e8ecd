-- Public channels of which the app's webhooks were told that they have listeners at this gateway.
CREATE TABLE occupied_channels (
    channel TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
