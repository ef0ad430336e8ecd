SELECT MIN(until)
FROM pages
