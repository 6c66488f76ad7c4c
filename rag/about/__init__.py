"""Answers about the archive itself: its catalogue, help, and a word to questions in other languages."""
