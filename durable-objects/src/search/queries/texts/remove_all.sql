INSERT INTO texts (texts) VALUES ('delete-all')
