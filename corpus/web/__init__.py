"""Reading over HTTP: bounded fetching, robots.txt, and articles from an address."""
