"""From articles to passages, vectors and postings in one store: split, embed, sync, search."""
