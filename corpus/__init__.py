"""What an article is, and how one is read from a file: `corpus.read.read(path)`."""
