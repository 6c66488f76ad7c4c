"""What kind of thing a name is the name of: person, place, people, organisation."""

from index.language.sentence import NameKind


def kind_of(name: str, before: str = "", after: str = "") -> tuple[NameKind, str]:
    """The kind of a name and its group ("country:TR"), from lists, its form and the words around it."""
    return NameKind.OTHER, ""
