SELECT count(*) FROM conversations
