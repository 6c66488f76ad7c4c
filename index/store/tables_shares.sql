-- Shared answers (index.store.shares): what was given, as JSON without the words of its sources.
CREATE TABLE IF NOT EXISTS shares (
    id TEXT PRIMARY KEY,        -- 22 characters, 128 random bits
    seal TEXT,                  -- of the answer as it was shared; NULL once words of it were withdrawn
    shared_at TEXT NOT NULL,    -- RFC 3339 in UTC
    bytes INTEGER NOT NULL,     -- of the answer when it was shared
    answer TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS shares_by_seal ON shares (seal);
