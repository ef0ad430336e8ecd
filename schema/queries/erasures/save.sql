-- Nothing if another step has stored its progress since revision ?3.
UPDATE erasures SET progress = ?4, next_at = ?5, ended_at = ?6, rev = rev + 1
WHERE tenant_id = ?1 AND user_id = ?2 AND rev = ?3 AND ended_at IS NULL
RETURNING rev
