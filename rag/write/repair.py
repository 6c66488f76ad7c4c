"""Repair of one sentence: it goes back once, with what is wrong with it and the sentences nearest to it."""

import re
from dataclasses import dataclass

from prompts import load
from rag.chat import ChatModel
from rag.prompt.call import complete
from rag.prompt.nearest import nearest, within
from rag.prompt.passages import PromptArticle, PromptPassages
from rag.prompt.sanitize import sanitized, without_delimiters
from rag.usage import Usage
from rag.write.statements import is_chatter, is_sentinel
from rag.write.stream import CitedSentence, SentenceStream

MATERIAL_TOKENS = 1_500
"""Of sentences in the prompt: those that it cites, their neighbours, and those that share most with it."""
MAX_TOKENS = 600
"""Of what is written, with what a model may think before it."""
_LONGEST_FAULT = 400
_LABEL = re.compile(r"\W*(?:corrected\s+)?sentence\s*:\s*", re.IGNORECASE)
_DROP = re.compile(r"\W*(?:DROP\b|(?i:drop)\W*$)")


@dataclass(frozen=True, slots=True)
class Repair:
    """Asks a chat model to put sentences of an answer right; `seconds` for one call."""

    chat: ChatModel
    question: str
    shown: PromptPassages
    usage: Usage
    seconds: float

    async def corrected(self, written: CitedSentence, fault: str) -> CitedSentence | None:
        """The sentence put right, not checked yet; None where the model gives it up.

        Raises ModelFailure where the model fails or is late.
        """
        prompt = load("repair", "articles", "question", "sentence", "fault")
        marks = "".join(f"[{n}]" for n in written.marks)
        messages = prompt.messages(
            articles=self._material(written),
            question=" ".join(without_delimiters(self.question).split()),
            sentence=f"{sanitized(written.text)} {marks}".strip(),
            fault=sanitized(fault)[:_LONGEST_FAULT],
        )
        said = await complete(
            self.chat,
            messages,
            max_tokens=MAX_TOKENS,
            seconds=self.seconds,
            kind="repair",
            usage=self.usage,
        )
        return corrected(said, self.question)

    def _material(self, written: CitedSentence) -> str:
        """The part of the prompt's articles that bears on the sentence, with the same numbers."""
        cited = self.shown.cited(written.marks)
        around = [near for one in cited for near in self.shown.around(one)]
        likest = nearest([written.text], self.shown, MATERIAL_TOKENS)
        chosen = {one.n for one in within(MATERIAL_TOKENS, [*cited, *around, *likest])}
        parts = (
            tuple(one for one in article.sentences if one.n in chosen) for article in self.shown.articles
        )
        return str(PromptPassages(tuple(PromptArticle(part) for part in parts if part)))


def corrected(said: str, question: str) -> CitedSentence | None:
    """The one sentence of a model's reply; None for "DROP", a refusal, or nothing that states anything."""
    stream = SentenceStream()
    said = said.strip()
    label = _LABEL.match(said)
    said = said[label.end() :] if label else said
    sentences = [one for one in [*stream.feed(said), *stream.finish()] if not is_chatter(one, question)]
    if not sentences or is_sentinel(sentences[0].text):
        return None
    return None if _DROP.match(sentences[0].text) else sentences[0]
