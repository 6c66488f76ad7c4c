"""Metrics of answers: content, citations, retrieval, abstention, price, and their statistics."""
