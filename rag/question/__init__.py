"""Understanding a question: filters, follow-ups, compound questions, answer type, examples."""
