-- The event of a reaction, or of its removal, and what it changes.
INSERT INTO reaction_events (seq, event, message_id, message_seq, annotations, user_id, emoji, is_removed, change)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
