-- What is known of the words of removed articles (index.sync.removed): keyed digests of runs of words, no text.
CREATE TABLE IF NOT EXISTS removed_words (
    digest INTEGER NOT NULL,
    article INTEGER NOT NULL,   -- digest of the article's id
    shared INTEGER NOT NULL,    -- whether a copy that stayed in the archive says so too
    PRIMARY KEY (digest, article)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS removed_words_by_article ON removed_words (article);
