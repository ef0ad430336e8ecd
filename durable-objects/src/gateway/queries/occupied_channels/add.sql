INSERT OR IGNORE INTO occupied_channels (channel) VALUES (?1)
