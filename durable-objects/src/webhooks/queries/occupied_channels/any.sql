SELECT 1 FROM occupied_channels WHERE channel = ?1 LIMIT 1
