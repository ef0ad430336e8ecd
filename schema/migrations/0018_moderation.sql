-- Who may write in a room, and the seconds between two messages of a member.
ALTER TABLE rooms ADD COLUMN post TEXT NOT NULL DEFAULT 'all' CHECK (post IN ('all', 'moderators'));
ALTER TABLE rooms ADD COLUMN slow_mode_s INTEGER NOT NULL DEFAULT 0 CHECK (slow_mode_s BETWEEN 0 AND 21600);
