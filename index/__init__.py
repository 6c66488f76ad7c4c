"""From articles to searchable passages: splitting, analysis, embedding, and the store that holds them."""
