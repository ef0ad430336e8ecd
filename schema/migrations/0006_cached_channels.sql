-- Public cache channels that keep an event: only of these a gateway asks the object for the newest one.
CREATE TABLE cached_channels (
    tenant_id TEXT NOT NULL REFERENCES apps (tenant_id),
    channel TEXT NOT NULL,
    kept_until INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, channel)
) STRICT, WITHOUT ROWID;

CREATE INDEX cached_channels_by_end ON cached_channels (kept_until);
