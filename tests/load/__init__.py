"""Honest and hostile visitors of one server at the same time: `make load` and `make soak`."""
