-- Ids begin with the time at which the message was sent.
DELETE FROM pins WHERE message_id < ?1
