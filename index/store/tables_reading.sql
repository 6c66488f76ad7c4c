-- What reading leaves beside an article's text, and by what an article is known again without its id.

-- The blocks of an article's page that are not in its text: a JSON list of [text, reason].
CREATE TABLE IF NOT EXISTS dropped (
    article_key INTEGER PRIMARY KEY REFERENCES articles (key) ON DELETE CASCADE,
    blocks TEXT NOT NULL
);
-- The revision of each article that was taken down: an entry of a list may come under another id.
CREATE TABLE IF NOT EXISTS removed_revisions (id TEXT PRIMARY KEY, revision TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS articles_by_guid ON articles (json_extract(metadata, '$.feed_guid'))
    WHERE json_extract(metadata, '$.feed_guid') IS NOT NULL;
