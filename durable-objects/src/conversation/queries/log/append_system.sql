-- A system message, which no send has made: it has no author who repeats it.
INSERT INTO log (seq, event, message_id, ordinal, uncounted)
VALUES (?1, ?2, ?3, ?4, ?5)
