"""Word lists and patterns that reading needs: the calendar, and phrases of boilerplate."""
