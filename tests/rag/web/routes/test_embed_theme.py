"""A site's colours are colours, and what is written on them can be read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.web.routes.embed import luminance, theme_css, theme_path


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio, 1 to 21."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_colours_are_taken_with_and_without_the_sign_and_in_short() -> None:
    assert theme_path("#A01", "fff8ee") == "/embed/theme.css?accent=%23aa0011&paper=%23fff8ee"
    assert theme_path("red", "") is None


@given(st.text("#0123456789abcdefABCDEF;:}{/*()url x\n", max_size=12), st.text(max_size=12))
def test_nothing_but_a_colour_reaches_the_style_sheet(accent: str, paper: str) -> None:
    css = theme_css(accent, paper)
    declared = re.findall(r"^  ([\w-]+): ([^;\n]*);$", css, re.M)
    assert all(re.fullmatch(r"#[0-9a-f]{6}|light|dark", value) for _, value in declared)
    assert css.count(";") == len(declared) and css.count("{") == css.count("}")


@pytest.mark.parametrize(
    ("paper", "scheme"), [("#ffffff", "light"), ("#fdf3e0", "light"), ("#101418", "dark")]
)
def test_a_paper_of_the_sites_own_brings_inks_that_can_be_read_on_it(paper: str, scheme: str) -> None:
    css = theme_css("", paper)
    tokens = dict(re.findall(r"--([\w-]+): (#\w+);", css))
    assert f"color-scheme: {scheme};" in css
    assert all(contrast(tokens[ink], paper) >= 4.5 for ink in ("ink", "quiet", "accent"))
    assert contrast(tokens["mark-ink"], tokens["mark"]) >= 4.5


def test_a_dark_accent_is_left_out_where_the_paper_is_dark() -> None:
    assert theme_css("#002244", "").startswith("@media not all and (prefers-color-scheme: dark)")
    assert contrast("#8fc4e6", "#161719") >= 4.5 and "@media" not in theme_css("#8fc4e6", "")
