-- Until when a member may not write, and what the audit log is to say of an event.
ALTER TABLE members ADD COLUMN muted_until INTEGER;
ALTER TABLE log ADD COLUMN audit TEXT;
