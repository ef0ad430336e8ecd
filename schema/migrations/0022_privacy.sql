-- Whether others see that a person is online and when they were, and whether they see what the person has read. Who shows no
-- receipts sees none.
ALTER TABLE users ADD COLUMN presence TEXT NOT NULL DEFAULT 'visible' CHECK (presence IN ('visible', 'hidden'));
ALTER TABLE users ADD COLUMN receipts TEXT NOT NULL DEFAULT 'public' CHECK (receipts IN ('public', 'private'));
