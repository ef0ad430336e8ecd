-- Objects at which a user has connections.
CREATE INDEX IF NOT EXISTS persons_by_user ON persons (user_id);
