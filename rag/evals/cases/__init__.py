"""Evaluation cases: their record, files, schema, and drafting them from an archive or from feedback."""
