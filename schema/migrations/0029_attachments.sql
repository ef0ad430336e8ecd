-- The files of a message as they were when it was sent: a JSON array, or NULL if there are none.
ALTER TABLE messages ADD COLUMN attachments TEXT CHECK (attachments IS NULL OR json_valid(attachments));
