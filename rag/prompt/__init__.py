"""What a language model is given: numbered sentences, free of injections, and one call to it."""
