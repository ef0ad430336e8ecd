-- ?3: the messages that were due by then; ?4: when the job asks again.
UPDATE scheduled_messages SET check_at = ?4
WHERE conversation_id = ?2 AND tenant_id = ?1 AND status = 'pending' AND send_at <= ?3
