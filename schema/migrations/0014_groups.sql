-- A group without an owner gets one: its creator, or else whoever has been a member longest.
UPDATE members SET role = 'owner'
WHERE
    (conversation_id, user_id) IN (
        SELECT
            c.id,
            coalesce((
                SELECT m.user_id FROM members AS m WHERE m.conversation_id = c.id AND m.user_id = c.created_by
            ), (
                SELECT m.user_id FROM members AS m
                WHERE m.conversation_id = c.id
                ORDER BY m.joined_at, m.user_id
                LIMIT 1
            ))
        FROM conversations AS c
        WHERE
            c.type = 'group'
            AND NOT EXISTS (SELECT 1 FROM members AS m WHERE m.conversation_id = c.id AND m.role = 'owner')
    );

-- How many conversations a person began and people they added, by minute: for the limits per hour.
CREATE TABLE creations (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('conversation', 'added_person')),
    -- Beginning of the minute.
    minute INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, user_id, kind, minute)
) STRICT, WITHOUT ROWID;

CREATE INDEX creations_by_age ON creations (minute);
