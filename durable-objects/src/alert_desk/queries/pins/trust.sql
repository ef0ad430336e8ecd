-- A guard has ended an alert of the user: the PINs count as what they say again.
UPDATE pins
SET is_decoy = 0
WHERE user_id = ?1 AND is_decoy = 1
