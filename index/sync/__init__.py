"""Bringing a store up to date: comparing, batching, embedding, near-duplicates, removal."""
