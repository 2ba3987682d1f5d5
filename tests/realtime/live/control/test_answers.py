"""Tests what commands understand, border by border, and where their lines begin and end."""

from __future__ import annotations

import io
from typing import Any

import pytest

from nstcam.realtime.live.control.answers import index_of, no_style, share_of, shown, within
from nstcam.realtime.live.control.lines import LONGEST, is_binary, is_http, lines
from nstcam.realtime.live.control.look_commands import look_after
from nstcam.realtime.live.control.status import status
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from tests.support.fakes.live import style_of


def test_numbers_from_low_to_high() -> None:
    assert [share_of(text) for text in ("0", "1", " 0.5 ", "1e-1")] == [0, 1, 0.5, 0.1]
    assert [share_of(text) for text in ("-0.01", "1.01", "nan", "inf", "", "half")] == [None] * 6
    assert [within(text, 2, 3) for text in ("2", "3", "1.9", "3.1")] == [2, 3, None, None]


def test_styles_by_name_and_number() -> None:
    styles = [style_of("one"), style_of("7"), style_of("three")]
    assert [index_of(text, styles) for text in ("three", "7", "1", "3", "2")] == [2, 1, 0, 2, 1]
    assert [index_of(text, styles) for text in ("0", "4", "-1", "1.0", "")] == [None] * 5
    assert no_style("x\n" + "y" * 50, styles) == f"error style 'x\\n{'y' * 38}' is not among one, 7, three"
    assert shown("  a" + "b" * 40) == repr("a" + "b" * 39)


@pytest.mark.parametrize("kind", [str, bytes])
def test_lines_up_to_the_longest_and_nothing_of_a_longer_one(kind: type) -> None:
    def of(text: str) -> Any:
        return text if kind is str else text.encode()

    whole, more = "a" * LONGEST, "b" * LONGEST
    text = f"{whole}\n{more}\n{more}c\n{more * 3}\nlast"
    stream: Any = io.StringIO(text) if kind is str else io.BytesIO(text.encode())
    assert list(lines(stream, of("\n"))) == [of(whole + "\n"), of(more + "\n"), None, None, of("last")]
    assert list(lines(io.StringIO("d" * LONGEST), "\n")) == ["d" * LONGEST], "without an end"
    assert list(lines(io.StringIO("d" * (LONGEST + 1)), "\n")) == [None]


def test_what_begins_a_connection_that_is_not_text() -> None:
    assert not any(is_binary(bytes([first])) for first in (*b"\t\r\n ~", 0xC0, 0xFF))
    assert all(is_binary(bytes([first])) for first in (0, 8, 11, 0x16, 0x1F, 0x7F, 0x80, 0xBF))
    assert not is_binary(b"")
    assert all(is_http(line) for line in (b"GET / HTTP/1.1", b"PRI x", b"x HTTP/2"))
    assert not any(is_http(line) for line in (b"style GET x", b"GETS x", b"styleHTTP/1", b"x HTTP/x"))


@pytest.mark.parametrize(
    ("word", "low", "high", "outside"),
    [("strength", "0", "1", "1.1"), ("steady", "0", "1", "-0.1"), ("stroke-scale", "0.1", "10", "10.1")],
)
def test_commands_of_a_look(word: str, low: str, high: str, outside: str, session: Session) -> None:
    for value in (low, high):
        assert getattr(look_after(word, value, session.look), word.replace("-", "_")) == float(value)
    assert look_after(word, outside, session.look) == f"error {word} '{outside}' is not a number from {low} to {high}"
    for switch in ("keep-colors", "follow", "brighten"):
        for value in ("on", "off"):
            look = look_after(switch, value, session.look)
            assert getattr(look, switch.replace("-", "_")) == (value == "on")
    assert look_after("follow", "maybe", session.look) is None
    assert look_after("mirror", "on", session.look) is None


def test_the_status_of_a_session_that_has_begun_and_of_one_that_has_not(session: Session) -> None:
    reading = Reading(fps=29.987, latency_ms=41.26, frames=7, dropped=2)
    found = status(session, reading)
    assert (found["fps"], found["latency_ms"], found["frames"], found["dropped"]) == (29.99, 41.3, 7, 2)
    assert (found["style"], found["styles"], found["blend"]) == ("one", ["one", "two", "three"], None)
    assert (found["painting_size"], found["output_size"]) == ((80, 60), (80, 60))
    assert (found["recording"], found["virtual_camera"], found["stream"]) == (False, False, False)
    session.gallery.blend(1, 0.25)
    assert status(session, reading)["blend"] == {"style": "two", "share": 0.25}
    session.gallery.toggle_bypass()
    session.last = None
    found = status(session, reading)
    assert (found["style"], found["painting_size"], found["output_size"]) == (None, None, None)
