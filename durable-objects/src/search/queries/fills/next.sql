SELECT number, conversation, after_seq FROM fills ORDER BY number LIMIT 1
