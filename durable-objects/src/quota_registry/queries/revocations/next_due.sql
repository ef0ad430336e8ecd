SELECT effective_at FROM revocations WHERE is_listed = 0 ORDER BY effective_at LIMIT 1
