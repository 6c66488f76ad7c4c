"""Answers as HTML: one fragment for page, widget and shared answers, and answers as they were given."""
