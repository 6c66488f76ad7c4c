"""Web pages as text: what a page states about itself, its main text, boilerplate, headline and
corrections."""
