-- The tables that came with version 2 of the schema.

-- What is known of each address that was read: the articles that it gave, and how the last looks went.
CREATE TABLE addresses (
    url TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('page', 'feed')),
    etag TEXT,
    last_modified TEXT,
    reader INTEGER,             -- the version of the reader that read it; NULL before the first success
    article_ids TEXT NOT NULL,  -- JSON list
    checked_at TEXT NOT NULL,   -- RFC 3339, UTC, as are the next two
    succeeded_at TEXT,
    failing_since TEXT,
    problem TEXT
) WITHOUT ROWID;

-- Near-duplicates (index.sync.copies): signatures, their bands, and the articles that tell one story.
CREATE TABLE signatures (
    article_key INTEGER PRIMARY KEY REFERENCES articles (key) ON DELETE CASCADE,
    minhash BLOB NOT NULL       -- little-endian uint32
);
CREATE TABLE bands (
    band INTEGER NOT NULL,
    value INTEGER NOT NULL,
    article_key INTEGER NOT NULL REFERENCES articles (key) ON DELETE CASCADE,
    PRIMARY KEY (band, value, article_key)
) WITHOUT ROWID;
CREATE INDEX bands_by_article ON bands (article_key);
CREATE TABLE copies (
    article_key INTEGER PRIMARY KEY REFERENCES articles (key) ON DELETE CASCADE,
    story INTEGER NOT NULL
);
CREATE INDEX copies_by_story ON copies (story);
