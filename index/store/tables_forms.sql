-- Words of passages that the postings hold otherwise than they are typed (index.store.forms).
CREATE TABLE IF NOT EXISTS forms (
    key TEXT NOT NULL,          -- the stem of the word in plain letters
    passage_id INTEGER NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
    written TEXT NOT NULL,      -- the word as it stands in the passage
    PRIMARY KEY (key, passage_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS forms_by_passage ON forms (passage_id);
