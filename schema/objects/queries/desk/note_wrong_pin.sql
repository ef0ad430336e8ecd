-- ?3: what happened before is long ago.
UPDATE pins
SET wrong = IIF(wrong_at > ?3, wrong, 0) + 1, wrong_at = ?2
WHERE user_id = ?1
