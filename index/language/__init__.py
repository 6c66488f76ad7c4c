"""Language of a sentence: words, names, quantities, dates, quotations, relations. Knows no store."""
