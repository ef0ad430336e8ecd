SELECT message, is_page, while_open, until
FROM pages
WHERE number = ?1
