SELECT view
FROM views
WHERE user_id = ?1 AND drill = ?2 AND closed_at IS NULL
