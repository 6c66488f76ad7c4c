"""Pages whose head makes trafilatura's patterns work in the square of its length."""

import time

import pytest

from corpus.page import text

BODY = (
    "<body><article><h1>Mill burns</h1><p>The mill of the town burned down on Sunday, the mayor said.</p>"
    "<p>Nobody was hurt in the fire, and the mill was insured, he said.</p></article></body></html>"
)
SCRIPT = "<script type='application/ld+json'>{}</script>"
HEADS = {
    "author in a meta": "<meta name=author content='{}'>".format("(" * 80_000),
    "author in JSON": SCRIPT.format('{"@type":"NewsArticle","author":"%s"}' % ("[ " * 40_000)),
    "no JSON": SCRIPT.format('"author":' * 9_000),
    "no JSON either": SCRIPT.format('"@type":"Person","name' * 4_000),
}


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


@pytest.mark.attack
@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_hostile_head_takes_little_time(head: str) -> None:
    fields("")
    begun = time.process_time()
    assert "burned down" in str(fields(head)["text"])
    assert time.process_time() - begun < 5
