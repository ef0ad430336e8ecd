-- Members of a large conversation with a word from ?3 up to ?4, and one in each of the ranges ?7: by word, after (?5, ?6).
-- ?10: who reads the list, as in members/list.
    , w.word AS place
FROM conversations AS c
CROSS JOIN user_words AS w ON w.tenant_id = c.tenant_id
CROSS JOIN members AS m ON m.conversation_id = c.id AND m.user_id = w.user_id
CROSS JOIN users AS u ON u.tenant_id = m.tenant_id AND u.id = m.user_id
LEFT JOIN members AS shown
    ON
        shown.conversation_id = m.conversation_id
        AND shown.user_id = m.user_id
        AND (
            ?10 IS NULL
            OR m.user_id = ?10
            OR (
                u.receipts = 'public'
                AND EXISTS (
                    SELECT 1 FROM users AS reader
                    WHERE reader.tenant_id = c.tenant_id AND reader.id = ?10 AND reader.receipts = 'public'
                )
            )
        )
LEFT JOIN sanctions AS mute
    ON mute.conversation_id = c.id AND mute.kind = 'mute' AND mute.user_id = m.user_id AND mute.until > ?8
WHERE
    c.tenant_id = ?1
    AND c.id = ?2
    AND c.deleted_at IS NULL
    AND (w.word, w.user_id) > (?5, ?6)
    AND w.word < ?4
    AND +w.word >= ?3
    -- A user is found once, at the first of their words that fits.
    AND NOT EXISTS (
        SELECT 1 FROM user_words AS earlier
        WHERE
            earlier.tenant_id = w.tenant_id AND earlier.user_id = w.user_id
            AND earlier.word >= ?3 AND earlier.word < w.word
    )
    AND NOT EXISTS (
        SELECT 1 FROM json_each(?7) AS sought
        WHERE NOT EXISTS (
            SELECT 1 FROM user_words AS other
            WHERE
                other.tenant_id = w.tenant_id AND other.user_id = w.user_id
                AND other.word >= sought.value ->> 0 AND other.word < sought.value ->> 1
        )
    )
ORDER BY w.word, w.user_id
LIMIT CAST(?9 AS INTEGER)
