-- End of a member's mute, and the audit entry of an event.
ALTER TABLE members ADD COLUMN muted_until INTEGER;
ALTER TABLE log ADD COLUMN audit TEXT;
