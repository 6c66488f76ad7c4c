"""Evaluation: cases, running them against a target, metrics and reports."""
