"""The sentences of a prompt, ready for look-ups: texts, stems, names and days, made once for a prompt."""

import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from index.language.analysis import analyse_question
from index.language.names import Mentions
from index.language.order import compared, lemma
from index.language.sentence import Name, Quantity, Sentence
from index.language.words import fold, stem, words
from rag.check.claim import bare, folded, place_of
from rag.prompt.passages import PromptArticle, PromptPassages, PromptSentence, follows

_GAP = "\n"
"""Between two sentences of an article that are no neighbours: no words run over it."""


class ArticleMaterial:
    """One article of a prompt: its bare text over all sentences, its headline, outlet and day."""

    def __init__(self, article: PromptArticle) -> None:
        self.sentences = article.sentences
        passage = article.passage
        self.id = passage.article_id
        self.outlet = passage.source or ""
        self.headline = bare(passage.title or "")
        self.written = passage.published_at or ""
        self.starts: list[int] = []
        pieces: list[str] = []
        length = 0
        for before, one in zip((None, *article.sentences), article.sentences, strict=False):
            joint = "" if before is None else " " if follows(before, one) else _GAP
            pieces += [joint, bare(one.text)]
            length += len(joint)
            self.starts.append(length)
            length += len(pieces[-1])
        self.text = "".join(pieces)

    @cached_property
    def lowered(self) -> str:
        """Text and headline, outlet and day in small letters, to see whether a part is written anywhere."""
        return "\n".join((self.text, self.headline, bare(self.outlet), self.written_out)).casefold()

    @cached_property
    def day(self) -> date | None:
        """The day of publication, where it is known."""
        try:
            return date.fromisoformat(self.written[:10].replace("/", "-"))
        except ValueError:
            return None

    @cached_property
    def written_out(self) -> str:
        """The day as people write it, month first and day first."""
        if self.day is None:
            return ""
        month = self.day.strftime("%B")
        return f"{self.day.day} {month} {self.day.year} {month} {self.day.day} {self.day.isoformat()}"

    @cached_property
    def about(self) -> Mentions:
        """The names of its headline and outlet."""
        return Mentions(f"{self.headline} . {self.outlet}")

    @cached_property
    def numbers(self) -> tuple[Quantity, ...]:
        """The numbers of its headline."""
        return analyse_question(self.headline).quantities

    @cached_property
    def mentions(self) -> Mentions:
        """The names that its sentences, headline and outlet mention."""
        return Mentions.of([one.analysis for one in self.sentences], f"{self.headline} . {self.outlet} .")

    @cached_property
    def folded(self) -> list[str]:
        """All words of its sentences, folded, in order."""
        return [fold(word) for one in self.sentences for word, _, _ in one.analysis.words]

    def sentences_at(self, start: int, end: int) -> tuple[PromptSentence, ...]:
        """The sentences that `text[start:end]` stands in."""
        return tuple(
            one
            for one, first in zip(self.sentences, self.starts, strict=True)
            if first < end and start < first + len(bare(one.text))
        )


@dataclass(frozen=True)
class Held:
    """What one sentence holds, to be compared with."""

    stems: frozenset[str]
    mentions: Mentions


class Material:
    """All articles of a prompt. What a sentence holds is looked for once, when it is first asked for."""

    def __init__(self, shown: PromptPassages) -> None:
        # Not the prompt itself: what is kept for it must not keep it alive.
        self.sentences = shown.sentences
        self.articles = tuple(map(ArticleMaterial, shown.articles))
        self._by_id = {one.id: one for one in self.articles}
        self._mentions: dict[int, Mentions] = {}

    def article_of(self, sentence: PromptSentence) -> ArticleMaterial:
        """The article that a sentence stands in."""
        return self._by_id[sentence.article_id]

    def articles_of(self, sentences: Iterable[PromptSentence]) -> list[ArticleMaterial]:
        """The articles that some sentences stand in, each once."""
        return [self._by_id[id_] for id_ in dict.fromkeys(one.article_id for one in sentences)]

    @cached_property
    def stems(self) -> tuple[frozenset[str], ...]:
        """The stems of each sentence's words, function words too, by number less 1."""
        return tuple(frozenset(one.analysis.every_stem) for one in self.sentences)

    @cached_property
    def every_stem(self) -> frozenset[str]:
        """The stems of all sentences, headlines and outlets."""
        about = (stem(word) for one in self.articles for word, _, _ in words(f"{one.headline} {one.outlet}"))
        return frozenset().union(about, *self.stems)

    def stems_of(self, sentence: PromptSentence) -> frozenset[str]:
        """The stems of a sentence's words."""
        return self.stems[sentence.n - 1]

    @cached_property
    def lemmas(self) -> tuple[frozenset[str], ...]:
        """The lemmas of each sentence's words, by number less 1."""
        return tuple(frozenset(lemmas(one.analysis)) for one in self.sentences)

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """The words of each sentence alone, between blanks, by number less 1."""
        return tuple(folded(one.text) for one in self.sentences)

    def mentions_of(self, sentence: PromptSentence) -> Mentions:
        """The names that a sentence mentions, its speakers and whom its "he" goes back to among them."""
        if sentence.n not in self._mentions:
            said = sentence.analysis
            names = [*(one.antecedent for one in said.references), *(one.speaker for one in said.quotations)]
            back = " . ".join(dict.fromkeys(filter(None, names)))
            self._mentions[sentence.n] = Mentions.of([said], f"{back} ." if back else "")
        return self._mentions[sentence.n]

    def before(self, sentence: PromptSentence, reach: int = 3) -> Sequence[PromptSentence]:
        """Up to `reach` neighbours in front of a sentence, in order."""
        of_it = self.article_of(sentence).sentences
        place = last = sentence.n - of_it[0].n
        while place > 0 and last - place < reach and follows(of_it[place - 1], of_it[place]):
            place -= 1
        return of_it[place:last]

    def is_written(self, text: str) -> bool:
        """Whether the text stands anywhere in what is shown, case, marks and dashes aside."""
        sought = bare(text).casefold().strip(" .,;:!?…")
        return not sought or any(place_of(sought, one.lowered) is not None for one in self.articles)


def mentions_name(mentions: Mentions, text: str) -> bool:
    """Whether a name of this text is mentioned."""
    return mentions.has(Name(text, 0, len(text)))


_kept: dict[int, tuple[weakref.ref[PromptPassages], Material]] = {}


def material_of(shown: PromptPassages) -> Material:
    """What is looked up in a prompt, kept as long as the prompt itself."""
    key = id(shown)
    kept = _kept.get(key)
    if kept is not None and kept[0]() is shown:
        return kept[1]
    made = Material(shown)
    _kept[key] = (weakref.ref(shown, lambda _: _kept.pop(key, None) and None), made)
    return made


@lru_cache(maxsize=4_096)
def names_in(text: str) -> Mentions:
    """The names of a few words, such as those that name a speaker."""
    return Mentions(text)


def lemmas(sentence: Sentence) -> list[str]:
    """The lemmas of all words of a sentence, those for less as those for more."""
    return [compared(lemma(word.lower())) for word, _, _ in sentence.words]
