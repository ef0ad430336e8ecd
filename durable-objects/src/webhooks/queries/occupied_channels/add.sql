INSERT OR IGNORE INTO occupied_channels (channel, gateway) VALUES (?1, ?2)
