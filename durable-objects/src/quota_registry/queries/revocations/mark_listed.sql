UPDATE revocations SET is_listed = 1 WHERE kind = ?1 AND subject = ?2 AND version = ?3
