-- The count restarts if the last wrong PIN was entered at or before ?3.
UPDATE pins
SET wrong = IIF(wrong_at > ?3, wrong, 0) + 1, wrong_at = ?2
WHERE user_id = ?1
