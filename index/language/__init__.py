"""Language of a sentence: words, names, quantities, dates and patterns. Lowest room of `index`; knows no
store."""
