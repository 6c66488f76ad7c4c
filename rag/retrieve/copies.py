"""One story once: of passages that only repeat each other, the earliest published one stands for all.

Articles of one story are found at indexing (`index.sync.copies`, MinHash: Broder, On the resemblance and
containment of documents, 1997); here their passages are compared sentence by sentence. None of 222 tuning
questions finds more or less by it: it keeps one report, told three times, from being three sources.
"""

from collections.abc import Iterable

from index.store.store import Passage, Store


def without_copies(store: Store, keys: Iterable[int], most: int) -> list[Passage]:
    """The first `most` of the passages with these ids, best first, each told once.

    The earliest published copy has the best place that any of them has.
    """
    passages = store.passages(keys)
    stories = store.stories([one.id for one in passages])
    kept: list[Passage] = []
    for passage in passages:
        story = stories.get(passage.id)
        rivals = [
            place
            for place, other in enumerate(kept)
            if story is not None
            and other.article_id != passage.article_id
            and stories.get(other.id, (None,))[0] == story[0]
            and _repeats(passage, other)
        ]
        if not rivals:
            kept.append(passage)
        elif story is not None and story[1:] < stories[kept[rivals[0]].id][1:]:
            kept[rivals[0]] = passage
    return kept[:most]


def _repeats(one: Passage, other: Passage) -> bool:
    """Whether most of the shorter passage's sentences stand in the longer one too."""
    mine, others = (
        {" ".join(passage.text[a - passage.start : b - passage.start].split()) for a, b in passage.sentences}
        for passage in (one, other)
    )
    return 2 * len(mine & others) > min(len(mine), len(others))
