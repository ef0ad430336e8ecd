SELECT effective_at FROM revocations WHERE is_listed = 1 ORDER BY effective_at LIMIT 1
