-- Who raised the alert: each owner's alerts get their share of the requests to push services. Jobs of an earlier release
-- count as those of one owner, who has a name, because owners are listed from the first name on.
ALTER TABLE jobs ADD COLUMN owner TEXT NOT NULL DEFAULT '-';
CREATE INDEX IF NOT EXISTS jobs_by_owner ON jobs (is_slow, owner, next_at);
DROP INDEX IF EXISTS jobs_by_haste;
