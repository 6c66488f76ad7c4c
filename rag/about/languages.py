"""What is said to a question in a language that the archive is not in, in that language where we can."""

from corpus.words.lists import read_lists
from index.language.analysis import analyse_question
from index.store.store import Store
from rag.question.foreign import is_english, language_of

_SAYS = read_lists("rag.about", "languages.txt")
_OTHER = "other"


def said_to_foreign(question: str, store: Store) -> str | None:
    """One or two sentences that ask for a question in English; None where the question or the archive is not
    in another language."""
    language = language_of(question)
    if language is None or not is_english(store):
        return None
    plain, with_name = _SAYS.get(language, _SAYS[_OTHER])
    name = _shared_name(question, store)
    return with_name.format(name=name) if name else plain


def _shared_name(question: str, store: Store) -> str | None:
    """The longest name of the question that the archive has too; its first word may have any capital."""
    named = [one.text for one in analyse_question(question).names if one.start > 0]
    known = store.document_frequency(named)
    return max((name for name in named if known.get(name)), key=len, default=None)
