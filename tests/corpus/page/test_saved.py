"""Pages that a crawler saved as Markdown: what is the article in them, and what a page states of itself."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article
from corpus.page import saved
from corpus.page.blocks import blocks
from corpus.page.boilerplate import Part, reasons
from corpus.page.saved import fields_of, is_saved_page
from corpus.read import read

MENU = "\n".join(f"*   [{name}](https://echo.example/{name.lower()})" for name in "Home News Sport".split())
PAGE = f"""# Ferry returns after six days

Ferry returns after six days | The Aldermouth Echo

===============

The Wayback Machine - https://echo.example/2024/03/08/ferry-returns

[Skip to content](https://echo.example/2024/03/08/ferry-returns#main)

[![Image 1: logo](https://echo.example/logo_(small).png)](https://echo.example/)
{MENU}

We use cookies to give you the best experience. By continuing you agree to our use of cookies on your device.

Ferry returns after six days
----------------------------

By [Nora Whitlock](https://echo.example/author/nora-whitlock)

8 March 2024

Share on Facebook Twitter Email

The island ferry sailed again on Friday after six days in port, the harbour office said, and **forty-one**
cars were waiting on the quay when it tied up.

![Image 2: the quay](data:image/png;base64,AAAA)

“We had bread for two days,” said [Ines Okafor](https://echo.example/people/okafor), who keeps the shop on the
_north_ side and had rationed flour since [the storm of Saturday](https://echo.example/2024/03/02/storm).

Read more: [Harbour wall to be rebuilt by the autumn](https://echo.example/2024/03/05/wall)

### What happens next

The council will decide on Tuesday whether a second boat is to be hired for the winter, at a cost
that it put at £310,000 in a paper published this week.

Three things are still open:

*   [Who pays](https://echo.example/pays)
*   When the crew is hired, and by whom, since the union has asked for a say in it.

### Related stories

[Council to vote on the second ferry in a special meeting](https://echo.example/2024/03/04/vote)

Councillors are to meet on Tuesday, the clerk said, and the gallery will be open to all who come.

[Island school counts the days until the storm is over](https://echo.example/2024/03/06/school)

Sign up for our newsletter and get the news in your inbox.

© 2024 The Aldermouth Echo. All rights reserved.

{MENU.replace("Home", "Contact")}
"""


def test_the_article_is_kept_and_what_stands_around_it_goes() -> None:
    assert is_saved_page(PAGE)
    paragraphs = [
        "By Nora Whitlock",
        "8 March 2024",
        "The island ferry sailed again on Friday after six days in port, the harbour office said, and "
        "forty-one cars were waiting on the quay when it tied up.",
        "“We had bread for two days,” said Ines Okafor, who keeps the shop on the north side and had "
        "rationed flour since the storm of Saturday.",
        "What happens next",
        "The council will decide on Tuesday whether a second boat is to be hired for the winter, at a cost "
        "that it put at £310,000 in a paper published this week.",
        "Three things are still open:",
        "- Who pays\n- When the crew is hired, and by whom, since the union has asked for a say in it.",
    ]
    assert str(fields_of(PAGE)["text"]).split("\n\n") == paragraphs


def test_a_page_states_its_title_address_and_day() -> None:
    fields = fields_of(PAGE)
    assert fields["title"] == "Ferry returns after six days"
    assert fields["url"] == "https://echo.example/2024/03/08/ferry-returns"
    assert fields["published_at"] == "2024-03-08"
    jina = (
        "Title: Ferry returns\n\nURL Source: https://echo.example/ferry\n\n"
        "Published Time: 2024-03-08T09:30:00+00:00\n\nMarkdown Content:\n" + PAGE.split("Email\n\n")[1]
    )
    stated = fields_of(jina)
    assert (stated["title"], stated["url"]) == ("Ferry returns", "https://echo.example/ferry")
    assert stated["published_at"] == "2024-03-08T09:30:00+00:00"
    assert str(stated["text"]).startswith("The island ferry sailed")
    assert "url" not in fields_of(PAGE, "https://echo.example/other")


def test_an_article_as_it_is_written_is_left_alone() -> None:
    plain = "The ferry [1] sailed on Friday.\n\n* * *\n\nSee [the paper](https://a.example/) and **this**."
    assert not is_saved_page(plain)
    assert not is_saved_page("")
    assert not is_saved_page("[a](b) " * 50)


def test_news_about_cookies_and_newsletters_is_no_banner() -> None:
    said = (
        "The regulator fined the company €40 million on Monday because it set cookies before people had "
        "agreed to them, and because its consent window had no button for a refusal."
    )
    more = "Related costs will rise, a spokesman said. Its newsletter told readers so within the hour."
    page = PAGE.replace("### What happens next", f"{said}\n\n{more}")
    assert said in str(fields_of(page)["text"]) and more in str(fields_of(page)["text"])


def test_a_sentence_that_begins_with_a_link_is_no_teaser() -> None:
    link = "[The union of the island’s sailors](https://echo.example/2024/union)"
    page = PAGE.replace(
        "### What happens next", f"{link} said on Friday that it would not work at night again."
    )
    assert "The union of the island’s sailors said on Friday that it would" in str(fields_of(page)["text"])


def test_a_heading_that_begins_like_a_label_does_not_end_the_article() -> None:
    more = "People gathered on the quay on Monday evening and called for a second boat, the police said."
    page = PAGE.replace("### What happens next", f"### Popular anger on the quay\n\n{more}")
    assert more in str(fields_of(page)["text"]) and "special meeting" not in str(fields_of(page)["text"])


def test_a_page_without_an_article_keeps_what_is_no_menu() -> None:
    page = f"{MENU}\n{MENU.replace('/', '/x', 1)}\n\nNothing here yet.\n\nShare on Facebook"
    assert is_saved_page(page)
    assert fields_of(page)["text"] == "Nothing here yet."


@pytest.mark.parametrize("suffix", ["txt", "md", "json"])
def test_saved_pages_are_read_as_articles_from_every_format(tmp_path: Path, suffix: str) -> None:
    import json

    name = tmp_path / f"page.{suffix}"
    name.write_text(json.dumps({"text": PAGE, "title": "Given"}) if suffix == "json" else PAGE)
    (found,) = read(name)
    assert isinstance(found, Article)
    assert found.url == "https://echo.example/2024/03/08/ferry-returns" == found.id
    assert found.published_at == "2024-03-08" and "cookies" not in found.text and "](" not in found.text
    assert found.title == ("Given" if suffix == "json" else "Ferry returns after six days")


def test_what_a_record_states_stands_before_what_the_page_states(tmp_path: Path) -> None:
    import json

    record = {"id": "ferry", "text": PAGE, "urls": ["https://echo.example/f"], "published_at": "2024-03-09"}
    (tmp_path / "one.json").write_text(json.dumps(record))
    (found,) = read(tmp_path / "one.json")
    assert isinstance(found, Article)
    assert (found.id, found.url, found.published_at) == ("ferry", "https://echo.example/f", "2024-03-09")


pieces = st.sampled_from(
    ["[", "]", "(", ")", "](https://a.b/c)", "!", "\n", "\n\n", "* ", "# ", "|", "_", "**", "===", "\\", " "]
)
words = st.text(alphabet=st.characters(categories=("L", "N", "So")), min_size=1, max_size=8)


@given(st.lists(st.one_of(pieces, words), max_size=80))
def test_no_word_is_added_whatever_the_page_holds(parts: list[str]) -> None:
    page = "".join(parts) + "\n\n[a](https://b.c)" * 5
    text = str(fields_of(page)["text"])
    for word in text.replace("- ", " ").split():
        letters = [letter for letter in word if letter.isalnum()]
        rest = iter(page)
        assert all(letter in rest for letter in letters)


@pytest.mark.parametrize(
    "bad",
    [
        "[a](",
        "[",
        "[[a]",
        "![a](",
        "* [a b c](http://x)\n",
        "we ",
        "cookies by signing up ",
        "[a\n",
        "\\",
        "=",
    ],
)
def test_each_block_of_a_hostile_page_is_judged_once(bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = bad * (200_000 // len(bad)) + "[a](http://x)" * 6
    judged: list[str] = []

    def counted(parts: Sequence[Part]) -> list[str | None]:
        judged.extend(part.text for part in parts)
        return reasons(parts)

    monkeypatch.setattr(saved, "reasons", counted)
    fields = fields_of(page)
    assert isinstance(fields["text"], str) and 0 < len(judged) <= len(blocks(page))
