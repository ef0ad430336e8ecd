WHERE s.conversation_id = ?2 AND s.user_id = ?3 AND s.client_msg_id = ?4 AND s.tenant_id = ?1
