-- Inserts nothing if the sender has already used this client message id.
INSERT INTO log (seq, event, message_id, ordinal, sender_id, client_msg_id, in_channel, uncounted)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
WHERE NOT EXISTS (SELECT 1 FROM sent WHERE sender_id = ?5 AND client_msg_id = ?6)
ON CONFLICT (sender_id, client_msg_id) WHERE client_msg_id IS NOT NULL DO NOTHING
