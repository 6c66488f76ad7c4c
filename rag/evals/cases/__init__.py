"""Evaluation cases: their files, schema and records, and drafting them from an archive or from feedback."""
