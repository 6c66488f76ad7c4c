-- Boilerplate by repetition (index.sync.boilerplate). Outlets, blocks and names are checksums: no text.

CREATE TABLE block_articles (
    article_key INTEGER PRIMARY KEY REFERENCES articles (key) ON DELETE CASCADE,
    outlet INTEGER NOT NULL,
    subjects BLOB NOT NULL,     -- of the headline's names, little-endian int64
    left_out INTEGER NOT NULL,  -- of the blocks that its passages were made without; 0 for none
    state INTEGER NOT NULL      -- 0: as learned; 1: to be weighed; 2: its outlet may have changed as well
);
CREATE INDEX block_articles_by_outlet ON block_articles (outlet);
CREATE INDEX block_articles_to_weigh ON block_articles (state) WHERE state > 0;
CREATE TABLE blocks (
    outlet INTEGER NOT NULL,
    block INTEGER NOT NULL,
    place INTEGER NOT NULL,     -- of the article's id: an order that does not depend on what came first
    article_key INTEGER NOT NULL REFERENCES block_articles (article_key) ON DELETE CASCADE,
    of_the_headline INTEGER NOT NULL,   -- whether it has a name of the article's headline
    PRIMARY KEY (outlet, block, place, article_key)
) WITHOUT ROWID;
CREATE INDEX blocks_by_article ON blocks (article_key);
CREATE TABLE boilerplate (outlet INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY (outlet, block)) WITHOUT ROWID;

-- What is to be weighed anew at the end of a run, besides the blocks of articles in state 1 and 2.
CREATE TABLE blocks_gone (outlet INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY (outlet, block)) WITHOUT ROWID;
-- For how many articles of each outlet its blocks were weighed (rounded, see there).
CREATE TABLE outlets (outlet INTEGER PRIMARY KEY, size INTEGER NOT NULL);

CREATE TRIGGER blocks_deleted AFTER DELETE ON blocks BEGIN
    INSERT OR IGNORE INTO blocks_gone VALUES (old.outlet, old.block);
END;
CREATE TRIGGER block_articles_deleted AFTER DELETE ON block_articles BEGIN
    INSERT OR IGNORE INTO blocks_gone VALUES (old.outlet, 0);
END;
CREATE TRIGGER outlet_changed AFTER UPDATE OF source_key, url ON articles
WHEN old.source_key IS NOT new.source_key OR old.url IS NOT new.url BEGIN
    UPDATE block_articles SET state = 2 WHERE article_key = new.key;
END;
CREATE TRIGGER copy_inserted AFTER INSERT ON copies BEGIN
    UPDATE block_articles SET state = max(state, 1) WHERE article_key = new.article_key;
END;
CREATE TRIGGER copy_updated AFTER UPDATE ON copies BEGIN
    UPDATE block_articles SET state = max(state, 1) WHERE article_key = new.article_key;
END;
CREATE TRIGGER copy_deleted AFTER DELETE ON copies BEGIN
    UPDATE block_articles SET state = max(state, 1) WHERE article_key = old.article_key;
END;
