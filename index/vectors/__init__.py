"""Vector search: exact search over SQLite, and Chroma as a cache behind the same protocol."""
