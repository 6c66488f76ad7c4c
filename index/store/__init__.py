"""The SQLite store: schema, reading, writing, its records, filters, and the lock of its one writer."""
