"""Templates escape everything, and the colours they are drawn with can be read."""

import re

import pytest
from jinja2 import UndefinedError

from index.store.store import Archive
from rag.web.templates import STATIC, asset_path, assets, environment, extent, short_date

HOSTILE = "<script>alert(1)</script>\" onclick='x"


def test_every_value_is_escaped_in_text_and_in_attributes() -> None:
    made = environment().from_string('<p title="{{ value }}">{{ value }}</p>').render(value=HOSTILE)
    assert "<script" not in made and made.count('"') == 2 and "'" not in made


def test_an_unknown_name_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing }}").render()


def test_no_template_switches_escaping_off_or_carries_style_or_script_inline() -> None:
    for name in environment().list_templates():
        source = environment().loader.get_source(environment(), name)[0]  # type: ignore[union-attr]
        assert not re.search(r"\|\s*safe|autoescape|\bstyle=|<style|\son\w+=", source), name
        assert not re.search(r"<script(?![^>]*\ssrc=)", source), name


@pytest.mark.parametrize(
    ("archive", "says"),
    [
        (Archive(1397, 0, "2023-11-21", "2024-04-30"), "1,397 articles, 21 Nov 2023 to 30 Apr 2024"),
        (Archive(1, 0, "2023-11-21", "2023-11-21"), "1 article, 21 Nov 2023"),
        (Archive(2, 2, None, None), "2 articles, undated"),
    ],
)
def test_the_masthead_says_what_the_archive_holds(archive: Archive, says: str) -> None:
    assert extent(archive) == says


def test_dates_are_written_short() -> None:
    assert short_date("2019-10-09T22:15:00+03:00") == "9 Oct 2019"
    assert short_date(None) is None


def test_a_file_is_named_with_the_hash_of_its_content() -> None:
    assert asset_path("tokens.css") == f"/static/tokens.css?v={assets()['tokens.css'].version}"
    with pytest.raises(KeyError):
        asset_path("../templates.py")


def test_no_asset_names_another_host() -> None:
    outside = re.compile(r"(?:url\(|@import|\bsrc\s*=\s*[\"'])\s*[\"']?(?:https?:)?//")
    for name, asset in assets().items():
        code = re.sub(r"^\s*//.*$", "", asset.content.decode(), flags=re.M)
        assert not outside.search(code), name


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it, 0 to 1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio, 1 to 21."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def schemes() -> list[dict[str, str]]:
    """The colours of each block of tokens.css by name."""
    css = (STATIC / "tokens.css").read_text(encoding="utf-8")
    blocks = re.findall(r"\{([^{}]*)\}", css)
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks]


@pytest.mark.parametrize("colours", schemes(), ids=["light", "dark by system", "dark by class"])
def test_every_ink_can_be_read_on_its_paper(colours: dict[str, str]) -> None:
    for ink in ("ink", "quiet", "accent"):
        assert contrast(colours[ink], colours["paper"]) >= 4.5
    assert contrast(colours["mark-ink"], colours["mark"]) >= 4.5
    assert contrast(colours["accent"], colours["mark"]) >= 4.5


def test_both_ways_to_the_dark_give_the_same_colours() -> None:
    _, by_system, by_class = schemes()
    assert by_system == by_class
