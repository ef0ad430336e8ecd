DELETE FROM occupied_channels WHERE channel = ?1
