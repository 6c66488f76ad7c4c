"""The language of a question that is not English, by its function words (Ingle, 1980); and of an archive.

`foreign.txt` has function words of other languages that are no words of English and no parts of names.
"""

from collections import Counter

from corpus.words.lists import read_words
from index.language.words import is_stopword, words
from index.store.filters import Filter
from index.store.store import Store

FUNCTION_WORDS = read_words("rag.question", "foreign.txt")
"""Words in lower case by the name of their language, or of their languages."""
_LETTERS = {
    "ß": "German",
    "ñ": "Spanish",
    "¿": "Spanish",
    "¡": "Spanish",
    "ã": "Portuguese",
    "õ": "Portuguese",
    "œ": "French",
    "ò": "Italian",
    "ì": "Italian",
}
"""Letters and signs of one language among those that may be told apart."""
_SHARED = frozenset("a o e i u y an in no me so do has was die am as on he per come al el".split())
"""Words of English that are others in some of these languages: they tell of neither."""
_SAMPLED, _LOOKED_AT = 40, 600
"""Passages of an archive that are looked at, and characters of each."""


def language_of(text: str) -> str | None:
    """The language of the text by its heading in `foreign.txt`; None for English and for mere names."""
    tokens = [word for word, _, _ in words(text)]
    own = [word.casefold() for place, word in enumerate(tokens) if place == 0 or word.islower()]
    counts = Counter(name for word in own for name, listed in FUNCTION_WORDS.items() if word in listed)
    if not counts:
        return None
    most = max(counts.values())
    every = frozenset().union(*FUNCTION_WORDS.values())
    foreign = sum(word in every for word in own)
    english = sum(is_stopword(word) and word not in every | _SHARED for word in own)
    # A lone function word may stand in a name: then another word has to stand beside it, and no English one.
    is_sure = foreign > english if foreign > 1 else not english and len(own) > 1
    if not is_sure:
        return None
    best = [name for name, count in counts.items() if count == most]
    marked = [_LETTERS[letter] for letter in text.casefold() if letter in _LETTERS]
    return next((name for name in marked if name in counts), best[0])


def is_english(store: Store) -> bool:
    """Whether most articles of a store are in English, by a sample of their passages."""
    ids = store.passage_ids(Filter()).tolist()
    passages = store.passages(ids[:: max(1, len(ids) // _SAMPLED)][:_SAMPLED])
    english = sum(language_of(passage.text[:_LOOKED_AT]) is None for passage in passages)
    return 2 * english > len(passages)
