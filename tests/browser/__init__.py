"""Real Chromium against the real application, on loopback only."""
