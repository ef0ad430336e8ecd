-- Many people react at once, so a reaction is one statement: an insert into this view appends its event to the log, and
-- stores the reaction and the message's annotations after it.
CREATE VIEW reaction_events AS
SELECT
    l.seq,
    l.event,
    r.message_id,
    a.message_seq,
    a.annotations,
    r.user_id,
    r.emoji,
    r.is_removed,
    r.change
FROM reactions AS r
INNER JOIN annotations AS a ON r.message_id = a.message_id
INNER JOIN log AS l ON r.seq = l.seq;

CREATE TRIGGER reaction_events_append INSTEAD OF INSERT ON reaction_events
BEGIN
    INSERT INTO log (seq, event) VALUES (NEW.seq, NEW.event);
    INSERT INTO annotations (message_id, message_seq, seq, annotations)
    VALUES (NEW.message_id, NEW.message_seq, NEW.seq, NEW.annotations)
    ON CONFLICT (message_id) DO UPDATE SET seq = excluded.seq, annotations = excluded.annotations;
    INSERT INTO reactions (message_id, user_id, emoji, seq, is_removed, change)
    VALUES (NEW.message_id, NEW.user_id, NEW.emoji, NEW.seq, NEW.is_removed, NEW.change)
    ON CONFLICT (message_id, user_id, emoji) DO UPDATE SET
    seq = excluded.seq,
    is_removed = excluded.is_removed,
    change = excluded.change;
END;
