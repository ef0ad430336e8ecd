-- Those that the record has, of messages that have left the log.
DELETE FROM annotations WHERE seq <= ?1
