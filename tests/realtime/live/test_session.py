from dataclasses import replace

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.display.compare import Compare
from nstcam.realtime.display.picker import SIDE
from nstcam.realtime.errors import SinkError
from nstcam.realtime.live.choosing.picker import Shown
from nstcam.realtime.live.hotkeys import ESCAPE
from nstcam.realtime.live.session import MESSAGE_SECONDS
from tests.support.fakes.live import FakeOutput
from tests.support.fakes.session import make, type_

LEFT, RIGHT = 0xFF51, 0xFF53


def test_strength_goes_down_and_up_within_its_ends() -> None:
    session = make()
    type_(session, "[", "[", "[")
    assert session.look.strength == pytest.approx(0.7)
    assert session.message == "strength 70 %"
    type_(session, "]", "]", "]", "]", "]")
    assert session.look.strength == 1
    type_(session, *"[" * 15)
    assert session.look.strength == 0


def test_steadiness_comes_back_as_it_was() -> None:
    session = make()
    session.look = replace(session.look, steady=0.35)
    type_(session, "t")
    assert (session.look.steady, session.message) == (0, "steadiness off")
    type_(session, "t")
    assert (session.look.steady, session.message) == (0.35, "steadiness 0.35")


def test_arrows_choose_styles_and_in_a_blend_move_the_mix() -> None:
    session = make()
    type_(session, RIGHT)
    until(lambda: session.gallery.current.name == "two")
    type_(session, LEFT)
    assert session.gallery.current.name == "one"
    type_(session, "b", RIGHT)
    assert session.gallery.mix == pytest.approx(0.6)
    type_(session, LEFT, LEFT)
    assert session.gallery.mix == pytest.approx(0.4)
    assert session.gallery.current.name == "one"
    type_(session, "b", LEFT)
    assert session.gallery.mix is None
    session.gallery.close()


def test_one_style_alone_has_nothing_to_blend_with() -> None:
    session = make(names=("one",))
    type_(session, "b")
    assert session.gallery.take_messages() == ["there is no other style to mix in"]
    assert session.gallery.mix is None


def test_switches() -> None:
    session = make()
    type_(session, "c", "k", "m", "t", "i", "h", "g")
    assert session.compare is Compare.WIPE
    assert (session.look.keep_colors, session.mirror, session.hud, session.picker.shown, session.help) == (
        True, True, False, Shown.STRIP, False,
    )  # fmt: skip
    assert session.look.steady > 0
    type_(session, "c", "c", "k", "m", "t", "i", "i", "h", "h")
    assert session.compare.name == "OFF"
    assert (session.look.keep_colors, session.mirror, session.hud, session.picker.shown, session.help) == (
        False, False, True, Shown.OFF, False,
    )  # fmt: skip
    assert session.look.steady == 0
    session.gallery.close()


def test_full_screen_is_the_windows_business() -> None:
    session, asked = make(), []
    session.toggle_fullscreen = lambda: asked.append(True)
    type_(session, "f")
    assert asked == [True]


def test_escape_closes_what_lies_over_the_picture_before_it_quits() -> None:
    session = make()
    for pressed in ("h", "g", "gg"):
        type_(session, *pressed, ESCAPE)
        assert (session.help, session.picker.shown, session.quit) == (False, Shown.OFF, False)
    type_(session, ESCAPE)
    assert session.quit
    session.gallery.close()


def test_an_output_that_cannot_be_switched_on_is_said() -> None:
    session = make(FakeOutput(SinkError("disk full; free some")))
    type_(session, "r")
    assert session.message == "disk full; free some"
    working = FakeOutput()
    session = make(working)
    type_(session, "r")
    assert working.on
    type_(session, "v")
    assert session.message == "the virtual camera is not available"


def test_two_digits_choose_a_style_beyond_nine() -> None:
    names = tuple(f"s{number}" for number in range(1, 15))
    session = make(names=names)
    for pressed, name in (("12", "s12"), ("10", "s10")):
        type_(session, *pressed)
        until(lambda name=name: session.gallery.current.name == name)  # type: ignore[misc]
        session.digits.forget()
    type_(session, "1", "n", "2")
    until(lambda: session.gallery.current.name == "s2")
    type_(session, " ", "0")
    assert not session.gallery.bypass, "0 alone is the original, on and off"
    session.gallery.close()


def test_figures_then_a_clean_picture_then_messages_alone() -> None:
    session, seen = make(), []
    for _ in range(4):
        seen.append((session.hud, session.clean))
        type_(session, "i")
    assert seen == [(True, False), (False, True), (False, False), (True, False)]
    session.gallery.close()


def test_what_the_last_key_said_does_not_stand_over_what_the_next_one_shows() -> None:
    session = make()
    type_(session, "c")
    assert session.message
    for key in ("g", "h", "n", " "):
        session.say("something of before")
        type_(session, key)
        assert session.message == "", key
    session.gallery.close()


def test_help_and_the_pictures_to_choose_from_take_turns() -> None:
    session, seen = make(), []
    for key in "ghg":
        type_(session, key)
        seen.append((session.help, session.picker.shown.value))
    assert seen == [(False, "strip"), (True, "off"), (False, "strip")]
    session.gallery.close()


@pytest.mark.parametrize("tiles", [(0, 2), (0, 1, 2)])
def test_pictures_of_a_page_are_as_small_as_in_the_grid_unless_the_window_shows_larger_ones(
    tiles: tuple[int, ...],
) -> None:
    session = make()
    session.follow_picker()
    session.tiles = tiles
    session.follow_picker()
    assert (session.look.cells, session.look.across) == (tiles, SIDE)
    session.picker.cycle()
    session.follow_picker()
    assert set(session.look.cells) >= set(tiles)
    assert session.look.across == session.picker.across != SIDE
    session.gallery.close()


def test_a_message_stays_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    session = make()
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    session.say("saved")
    session.say("")
    assert (session.message, session.message_until) == ("saved", 100 + MESSAGE_SECONDS)
    session.gallery.close()
