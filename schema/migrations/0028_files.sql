-- Files that people upload. Their bytes are in the file store, under the tenant and the id.

CREATE TABLE files (
    id TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    uploader_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Media type, found by content.
    type TEXT NOT NULL,
    -- Bytes; while the file is uploaded, the number that is reserved for it.
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL DEFAULT '',
    width INTEGER,
    height INTEGER,
    duration_ms INTEGER,
    thumbhash TEXT,
    -- A JSON array of {name, url, width, height}.
    variants TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(variants)),
    status TEXT NOT NULL CHECK (status IN ('uploading', 'ready', 'scanning', 'refused', 'removing')),
    created_at INTEGER NOT NULL,
    -- When it was last sent, or else uploaded. A file that no message has is kept for a day from then on.
    claimed_at INTEGER NOT NULL,
    -- The conversation to which it was last sent.
    claimed_in TEXT,
    -- claimed_at if no message has it, else NULL.
    unused_at INTEGER,
    FOREIGN KEY (tenant_id, uploader_id) REFERENCES users (tenant_id, id)
) STRICT;

CREATE INDEX files_by_uploader ON files (tenant_id, uploader_id, created_at, size);
CREATE INDEX files_unused ON files (unused_at) WHERE unused_at IS NOT NULL;

-- Which messages have a file.
CREATE TABLE file_uses (
    conversation_id TEXT NOT NULL,
    -- Position of the message.
    seq INTEGER NOT NULL,
    file_id TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL,
    PRIMARY KEY (conversation_id, seq, file_id),
    FOREIGN KEY (conversation_id, seq) REFERENCES messages (conversation_id, seq) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX file_uses_by_file ON file_uses (file_id, conversation_id);

CREATE TRIGGER file_is_used AFTER INSERT ON file_uses
BEGIN
    UPDATE files SET unused_at = NULL WHERE id = new.file_id;
END;

CREATE TRIGGER file_is_unused AFTER DELETE ON file_uses
WHEN NOT EXISTS (SELECT 1 FROM file_uses AS u WHERE u.file_id = old.file_id)
BEGIN
    UPDATE files SET unused_at = claimed_at WHERE id = old.file_id;
END;
