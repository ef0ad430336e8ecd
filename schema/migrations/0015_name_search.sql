-- Beginnings of words to find users by: the folded name from each of its words on, at most 40 characters.
CREATE TABLE user_words (
    tenant_id TEXT NOT NULL,
    word TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (tenant_id, word, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_words_by_user ON user_words (tenant_id, user_id, word);

-- Which version of folding made search_name and the words. A scheduled job folds the rows of older versions again.
ALTER TABLE users ADD COLUMN fold_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN fold_version INTEGER NOT NULL DEFAULT 0;
CREATE INDEX users_by_fold ON users (fold_version, tenant_id, id);
CREATE INDEX rooms_by_fold ON rooms (fold_version, id);

-- Until then, users are found by the beginning of their whole name.
INSERT INTO user_words (tenant_id, word, user_id)
SELECT u.tenant_id, substr(u.search_name, 1, 40), u.id
FROM users AS u;
