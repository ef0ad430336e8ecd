UPDATE scheduled SET due_at = send_at WHERE ended IS NULL AND due_at > send_at
