"""Speed and memory against the bare models, in one run on one machine: `make bench`."""
