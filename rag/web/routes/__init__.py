"""HTTP routes: one module per group of routes, and the request bodies they share."""
