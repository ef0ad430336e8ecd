-- Of message.created: 0 for a reply that is shown in its thread only, and the number of messages up to this one that do not
-- count as messages of the conversation.
ALTER TABLE log ADD COLUMN in_channel INTEGER NOT NULL DEFAULT 1;
ALTER TABLE log ADD COLUMN uncounted INTEGER NOT NULL DEFAULT 0;
-- How often the member has marked messages as unread, and the newest position when they last did.
ALTER TABLE members ADD COLUMN read_rev INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN unread_head INTEGER NOT NULL DEFAULT 0;
