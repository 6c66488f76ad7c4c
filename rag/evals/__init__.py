"""Scoring answers: cases, what is measured on each, runs over many, and two runs side by side."""
