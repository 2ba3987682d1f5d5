"""Tests the names and numbers of the colours that are seen through transparent pixels."""

from __future__ import annotations

import re

import pytest

from nstcam.realtime.video.reading.matte import matte_name, matte_of, parse_matte

NAMES = {
    "black": "#000000", "white": "#ffffff", "grey": "#808080", "red": "#ff0000", "green": "#00ff00",
    "blue": "#0000ff", "yellow": "#ffff00", "magenta": "#ff00ff", "cyan": "#00ffff",
}  # fmt: skip


@pytest.mark.parametrize(("name", "number"), [*NAMES.items(), ("gray", "#808080")])
def test_a_name_is_its_number(name: str, number: str) -> None:
    assert parse_matte(name) == parse_matte(name.upper()) == parse_matte(number) == parse_matte(number[1:].upper())
    assert matte_name(parse_matte(number)) == ("grey" if name == "gray" else name)


def test_blue_comes_first_and_what_has_no_name_is_told_by_number() -> None:
    assert parse_matte("#0a141E") == (30, 20, 10)
    assert matte_name((30, 20, 10)) == "#0a141e"
    assert matte_of(None) == (0, 0, 0)
    assert matte_of("blue") == (255, 0, 0)


@pytest.mark.parametrize("text", ["", "plaid", "#fff", "#0a141e0", "##0a141e", "0a141g"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    known = "black, white, grey, gray, red, green, blue, yellow, magenta, cyan"
    told = f"{text} is not a colour; write #rrggbb or one of {known}"
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        parse_matte(text)
