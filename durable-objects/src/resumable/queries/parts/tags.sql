SELECT tag FROM parts ORDER BY number
