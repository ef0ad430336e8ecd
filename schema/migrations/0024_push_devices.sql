-- Devices to which people have their notifications pushed. A device belongs to the person who subscribed it last.
CREATE TABLE push_devices (
    tenant_id TEXT NOT NULL,
    -- URL of the device at its push service.
    endpoint TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- The device's keys, base64url.
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, endpoint),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX push_devices_by_endpoint ON push_devices (tenant_id, endpoint);
CREATE INDEX push_devices_by_expiry ON push_devices (expires_at);
