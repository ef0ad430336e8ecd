-- People who are here and whose presence is hidden.
CREATE TABLE hidden_people (
    user_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
