SELECT 1 FROM cached WHERE until > ?1 LIMIT 1
