SELECT count(*) AS pins FROM pins
