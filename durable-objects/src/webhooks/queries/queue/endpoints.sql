SELECT url, events, told, batch
FROM endpoints
