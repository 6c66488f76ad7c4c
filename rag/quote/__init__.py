"""Extractive answers: evidence of a sentence, and the reader that quotes."""
