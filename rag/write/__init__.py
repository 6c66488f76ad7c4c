"""Written answers: prompt passages, streaming, sentence checking with a language model."""
