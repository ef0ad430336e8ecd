-- Files that the app's scanner is to decide about, and decided ones whose conversations are not told yet. It begins with the end of the
-- upload, and ends with its work or with the file.
CREATE TABLE file_scans (
    file_id TEXT NOT NULL PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL,
    -- Requests to the scanner, and attempts to tell the conversations.
    tries INTEGER NOT NULL,
    -- When the schedule takes it up.
    next_at INTEGER NOT NULL,
    verdict TEXT CHECK (verdict IN ('clean', 'infected', 'refused')),
    -- What the scanner said about it.
    reason TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX file_scans_by_time ON file_scans (next_at);

-- Files of scheduled messages that wait. They are kept like those of messages.
CREATE TABLE scheduled_files (
    scheduled_id TEXT NOT NULL REFERENCES scheduled_messages (id) ON DELETE CASCADE,
    file_id TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL,
    PRIMARY KEY (scheduled_id, file_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX scheduled_files_by_file ON scheduled_files (file_id);

CREATE TRIGGER file_is_scheduled AFTER INSERT ON scheduled_files
BEGIN
    UPDATE files SET unused_at = NULL WHERE id = new.file_id;
END;

-- From then on they are kept for a day, unless a message has them.
CREATE TRIGGER scheduled_files_are_released AFTER UPDATE OF status ON scheduled_messages
WHEN new.status <> 'pending' AND old.status = 'pending'
BEGIN
    UPDATE files SET claimed_at = max(claimed_at, new.ended_at)
    WHERE id IN (SELECT s.file_id FROM scheduled_files AS s WHERE s.scheduled_id = new.id);
    DELETE FROM scheduled_files WHERE scheduled_id = new.id;
END;

CREATE TRIGGER file_is_no_longer_scheduled AFTER DELETE ON scheduled_files
WHEN NOT EXISTS (SELECT 1 FROM scheduled_files AS s WHERE s.file_id = old.file_id)
AND NOT EXISTS (SELECT 1 FROM file_uses AS u WHERE u.file_id = old.file_id)
BEGIN
    UPDATE files SET unused_at = claimed_at WHERE id = old.file_id;
END;

DROP TRIGGER file_is_unused;

CREATE TRIGGER file_is_unused AFTER DELETE ON file_uses
WHEN NOT EXISTS (SELECT 1 FROM file_uses AS u WHERE u.file_id = old.file_id)
AND NOT EXISTS (SELECT 1 FROM scheduled_files AS s WHERE s.file_id = old.file_id)
BEGIN
    UPDATE files SET unused_at = claimed_at WHERE id = old.file_id;
END;

-- Deleted conversations whose messages still have files. A schedule takes the files from them, so that they are deleted.
CREATE TABLE file_releases (
    conversation_id TEXT NOT NULL PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
    deleted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX file_releases_by_time ON file_releases (deleted_at);

CREATE TRIGGER files_are_released AFTER UPDATE OF deleted_at ON conversations
WHEN new.deleted_at IS NOT NULL AND old.deleted_at IS NULL
BEGIN
    INSERT OR IGNORE INTO file_releases (conversation_id, deleted_at) VALUES (new.id, new.deleted_at);
END;

INSERT INTO file_releases (conversation_id, deleted_at)
SELECT c.id, c.deleted_at FROM conversations AS c
WHERE c.deleted_at IS NOT NULL AND EXISTS (SELECT 1 FROM file_uses AS u WHERE u.conversation_id = c.id);
