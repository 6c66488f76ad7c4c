"""Questions about the archive and about this program, told by what all of their words are."""
