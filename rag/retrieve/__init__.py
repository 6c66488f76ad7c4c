"""From a question to ranked passages: search, rank fusion, context of a sentence."""
