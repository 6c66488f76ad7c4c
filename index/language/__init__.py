"""Language of a sentence: words, names, quantities, dates and patterns. Knows no store."""
