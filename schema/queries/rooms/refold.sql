-- A room that has got another name meanwhile is left out.
UPDATE rooms SET search_name = ?3, fold_version = ?4
WHERE id = ?1 AND name = ?2
