"""The web server: live archive, background writer, guards, and the rooms for routes and the page."""
