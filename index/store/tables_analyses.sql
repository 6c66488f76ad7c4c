-- The analysis of each passage's sentences (index.store.analyses), made anew in place when `version` is another.
CREATE TABLE IF NOT EXISTS analyses (
    passage_id INTEGER PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,   -- index.language.analysis.VERSION of what made it
    data BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS analyses_by_version ON analyses (version);
