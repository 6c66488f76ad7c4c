"""Hostile requests of every kind to a real server process, on loopback: `make attack`."""
