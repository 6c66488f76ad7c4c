"""Article formats: one module per file format, and what they share (named fields, charsets, confined
parsing)."""
