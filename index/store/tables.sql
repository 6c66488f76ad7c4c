-- The tables of a store, but for those of tables_2.sql.

CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;

-- One row for each article; text and title are in its newest revision.
CREATE TABLE articles (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    revision TEXT NOT NULL,
    title TEXT NOT NULL,
    source TEXT,
    source_key TEXT,            -- as outlets are compared
    authors TEXT NOT NULL,      -- JSON list
    url TEXT,
    published_at TEXT,
    published_day TEXT,         -- the date as written
    published_instant REAL,     -- seconds since the epoch, a bare day at its end
    updated_at TEXT,
    metadata TEXT NOT NULL,     -- JSON object
    origin BLOB NOT NULL,       -- the file's absolute path in the file system's encoding
    line INTEGER,
    build INTEGER NOT NULL,     -- passages made before meta's build are made anew
    host TEXT                   -- of the address, where no outlet is stated: source is the outlet of that host
);
CREATE INDEX articles_by_origin ON articles (origin, line);
CREATE INDEX articles_by_day ON articles (published_day);
CREATE INDEX articles_by_source ON articles (source_key);
CREATE INDEX articles_by_build ON articles (build);

CREATE TABLE revisions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    article_key INTEGER NOT NULL REFERENCES articles (key) ON DELETE CASCADE,
    revision TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    cause TEXT NOT NULL CHECK (cause IN ('added', 'changed', 'reread', 'restored'))
);
CREATE INDEX revisions_by_article ON revisions (article_key, revision);

-- Articles taken down: indexing leaves them out until they are restored.
CREATE TABLE tombstones (
    id TEXT PRIMARY KEY, origin BLOB NOT NULL, line INTEGER, removed_at TEXT NOT NULL, restored_at TEXT
) WITHOUT ROWID;

-- Each file when it was last read to its end. With the same stamp, reader and entries it is not opened again.
CREATE TABLE files (
    origin BLOB PRIMARY KEY,
    sha256 BLOB NOT NULL,       -- of its content
    stamp TEXT,                 -- size, times and inode; NULL where they prove nothing
    reader INTEGER,             -- the version of the reader
    entries INTEGER             -- articles that were read from it
) WITHOUT ROWID;

-- Rows are never changed and ids never used again: what an id stands for holds as long as it is there.
CREATE TABLE passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    article_key INTEGER NOT NULL REFERENCES articles (key) ON DELETE CASCADE,
    begins INTEGER NOT NULL,    -- offsets in code points of the revision's text
    ends INTEGER NOT NULL,
    sentences BLOB NOT NULL,    -- pairs of offsets, little-endian int32
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    sha256 BLOB NOT NULL        -- of what was embedded
);
CREATE INDEX passages_by_article ON passages (article_key, begins);
CREATE INDEX passages_by_sha256 ON passages (sha256);

CREATE TABLE vectors (
    passage_id INTEGER PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE,
    vector BLOB NOT NULL        -- little-endian float32, unit length
);

CREATE VIRTUAL TABLE passages_fts USING fts5 (
    title, text, content = 'passages', content_rowid = 'id',
    tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER passages_inserted AFTER INSERT ON passages BEGIN
    INSERT INTO passages_fts (rowid, title, text) VALUES (new.id, new.title, new.text);
END;
CREATE TRIGGER passages_deleted AFTER DELETE ON passages BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, title, text)
        VALUES ('delete', old.id, old.title, old.text);
END;
