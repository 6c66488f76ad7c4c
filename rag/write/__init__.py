"""Written answers: the plan of a question, streamed writing, repair of what failed its check."""
