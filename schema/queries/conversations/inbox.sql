-- The conversations of the page, in the order of the page.
FROM page
CROSS JOIN conversations AS c ON c.id = page.id
CROSS JOIN members AS me ON me.conversation_id = c.id AND me.user_id = ?3
LEFT JOIN rooms AS r ON r.conversation_id = c.id
ORDER BY page.activity DESC, page.id DESC
