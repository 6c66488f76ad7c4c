"""Layouts that main-text extraction misreads."""

from corpus.page.layout import prepare
from corpus.page.text import _library

LONG = "The ferry line between Aldermouth and Holt was sold on Monday to its old rival. " * 5
MENU = "<a href=1>News</a><br><a href=2>Letters</a>"


def prepared(body: str) -> str:
    """The page after `prepare`: its text, and the values of its attributes."""
    tree = _library().load_html(f"<html><body>{body}</body></html>")
    prepare(tree)
    return " ".join([*(f"{k}={v}" for one in tree.iter("div") for k, v in one.items()), *tree.itertext()])


def test_menus_go_from_layout_tables_and_stay_in_tables_of_data() -> None:
    assert "Letters" not in prepared(f"<table><tr><td>{MENU}</td><td>{LONG}</td></tr></table>")
    assert "Letters" in prepared(f"<table><tr><td>{MENU}</td><td>12</td></tr></table>")
    assert "Letters" in prepared(
        f"<table><tr><td>{MENU} were read by {LONG}</td><td>{LONG}</td></tr></table>"
    )


def test_a_paragraph_of_news_is_not_marked_as_a_notice() -> None:
    def paragraphs_marked(body: str) -> int:
        tree = _library().load_html(f"<html><body>{body}</body></html>")
        prepare(tree)
        return sum(bool(one.attrib) for one in tree.iter("p"))

    news = "The ferry line sold a third of its shares to Holt on Monday, its director said."
    assert paragraphs_marked(f"<p class=share-text>{news}</p><p id=social>{news}</p>") == 0
    assert paragraphs_marked("<p class=share>Share this story with your friends on Monday.</p>") == 1
    assert paragraphs_marked(f"<p class=share><a href=1>{news}</a></p>") == 1
    assert paragraphs_marked(f"<p class=caption>{news}</p>") == 1


def test_entries_of_one_article_are_not_marked_as_articles_of_their_own() -> None:
    posts = "<div class=post id=a><p>One.</p></div><div class=post id=b><p>Two.</p></div>"
    assert "class" not in prepared(f"<article><h1>Live</h1><div>{posts}</div></article>")
    assert prepared(f"<main>{posts}</main>").count("class=post") == 2
    assert "class" in prepared("<article><div class=post><p>One.</p></div></article>")
    related = "<div class='related-story'>A</div><div class='related-story'>B</div>"
    assert prepared(f"<article>{related}</article>").count("related-story") == 2
