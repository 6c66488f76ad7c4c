"""What an article is, and how one is read: `corpus.read.read(path)`."""
