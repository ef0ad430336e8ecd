-- Leaves the marker, and nothing to be found of the membership.
UPDATE members SET joined_at = -1 WHERE user_id = ?1
