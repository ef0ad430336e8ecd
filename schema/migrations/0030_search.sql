-- Search. The index itself is in an object: a virtual table here would end the exports of this database.

-- Raised by every change of what a person is a member of, so that the index knows when to read it again.
ALTER TABLE users ADD COLUMN memberships_rev INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER members_who_join_raise_their_revision AFTER INSERT ON members
BEGIN
    UPDATE users SET memberships_rev = memberships_rev + 1 WHERE tenant_id = NEW.tenant_id AND id = NEW.user_id;
END;

CREATE TRIGGER members_who_leave_raise_their_revision AFTER DELETE ON members
BEGIN
    UPDATE users SET memberships_rev = memberships_rev + 1 WHERE tenant_id = OLD.tenant_id AND id = OLD.user_id;
END;
