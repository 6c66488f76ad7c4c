"""Pages whose head makes trafilatura's patterns work in the square of its length."""

import time

import pytest

from corpus.errors import ReadError
from corpus.page import text

BODY = (
    "<body><article><h1>Mill burns</h1><p>The mill of the town burned down on Sunday, the mayor said.</p>"
    "<p>Nobody was hurt in the fire, and the mill was insured, he said.</p></article></body></html>"
)
SCRIPT = "<script type='application/ld+json'>{}</script>"
HEADS = {
    "author in a meta": ("<meta name=author content='{}'>", "("),
    "author in JSON": (SCRIPT, '"author":'),
    "name in JSON": (SCRIPT, '"@type":"Person","name'),
}
"""What a head says, and what stands in it over and over."""
SHORT, TIMES = 10_000, 8
_SLACK = 0.5
"""Processor time, in seconds, below which nothing is judged."""


def fields(head: str) -> dict[str, object]:
    """The fields of a page with this head."""
    return text.fields_of_page(f"<html><head><title>Mill burns</title>{head}</head>{BODY}")


def test_scripts_that_are_no_json_are_emptied_if_they_are_long() -> None:
    short, broken, sound = '"author":' * 10, '"author":' * 9_000, '{"a": "' + "b" * 30_000 + '"}'
    tree = text._library().load_html(
        f"<html><head>{''.join(map(SCRIPT.format, (short, broken, sound)))}</head></html>"
    )
    text._without_broken_scripts(tree)
    assert [script.text for script in tree.iter("script")] == [short, None, sound]


def cost(head: str, unit: str, length: int) -> float:
    """Processor time of reading a page with a head of that length."""
    begun = time.process_time()
    assert "burned down" in str(fields(head.format(unit * (length // len(unit))))["text"])
    return time.process_time() - begun


@pytest.mark.attack
@pytest.mark.parametrize(("head", "unit"), HEADS.values(), ids=HEADS)
def test_the_work_for_a_hostile_head_grows_with_its_length(head: str, unit: str) -> None:
    fields("")
    shorter, longer = (cost(head, unit, length) for length in (SHORT, TIMES * SHORT))
    assert longer < 3 * TIMES * shorter + _SLACK


@pytest.mark.parametrize("piece", ["a{}=1", "a{}", 'a{}=">"', "a{}='<p>'", "a{}=<"])
def test_a_tag_of_too_many_attributes_is_refused_before_a_tree_is_made(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attributes = " ".join(map(piece.format, range(text.MAX_ATTRIBUTES + 1)))
    page = f"<p {attributes}>A mayor spoke.</p>{BODY}"
    monkeypatch.setattr(text, "_library", lambda: pytest.fail("a tree is made"))
    for read in (text.fields_of, text.fields_of_page, text.fields_of_fragment):
        with pytest.raises(ReadError, match="a tag of the HTML has more than 2000 attributes"):
            read(page)
    assert text.feed_of_page(page) is None
