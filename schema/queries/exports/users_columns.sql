SELECT u.id, u.name, u.avatar, u.created_at, u.updated_at, u.presence, u.receipts
