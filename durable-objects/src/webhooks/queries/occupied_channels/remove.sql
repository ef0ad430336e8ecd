DELETE FROM occupied_channels WHERE channel = ?1 AND gateway = ?2
