-- Entries of conversations' logs that the record could not take: the flush goes on behind them.
CREATE TABLE quarantined_entries (
    tenant_id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    -- unreadable: it is not the JSON that the log's entries are; refused: the database refuses its row.
    reason TEXT NOT NULL CHECK (reason IN ('unreadable', 'refused')),
    -- The event as the log has it, to repair from.
    entry TEXT NOT NULL,
    quarantined_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, conversation_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX quarantined_entries_by_time ON quarantined_entries (quarantined_at);
