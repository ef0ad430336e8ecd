-- While a secret is being changed, the one before it is good for a while.
ALTER TABLE apps ADD COLUMN previous_secret TEXT;
ALTER TABLE apps ADD COLUMN previous_secret_until INTEGER;
-- Where the app's backend is told of what happens on its channels: a JSON array of {url, events}.
ALTER TABLE apps ADD COLUMN webhooks TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(webhooks));

-- Gateways that ever held sockets of an app: who asks for all of its channels asks them.
CREATE TABLE gateways (
    tenant_id TEXT NOT NULL REFERENCES apps (tenant_id),
    -- {region}/{number}.
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, name)
) STRICT, WITHOUT ROWID;
