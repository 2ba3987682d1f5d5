"""Tests pictures and models that become styles while a session runs."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.tools.stand_in import write_negative_style
from benchmarks.tools.waiting import until
from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import StyleError
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.choosing.newcomer import MOST_NEWCOMERS, Newcomer, joined, newcomer_of
from nstcam.realtime.live.control.commands import answer
from nstcam.realtime.live.restore import choose_styles, lasting_name
from nstcam.realtime.live.session import Session
from nstcam.realtime.meter import Reading
from nstcam.realtime.palette.colours import UNCHANGED
from nstcam.realtime.palette.painting import Painting
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.style import Style
from tests.support.fakes.live import StylizerFactory, frame_of, style_of
from tests.support.models.tiny import write_zoo_model

NAMES = ("one", "two")


def picture(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.random.default_rng(seed).integers(0, 255, (40, 50, 3), np.uint8))
    return path


def of_picture(name: str, digest: str = "0") -> Style:
    return replace(style_of(name), painting=Painting(Path(f"{name}.jpg"), digest, (), UNCHANGED, ()))


def make(*more: str) -> Gallery:
    return Gallery([style_of(name) for name in NAMES], StylizerFactory((*NAMES, *more)), fade=0)


def names_of(gallery: Gallery) -> list[str]:
    return [style.name for style in gallery.styles]


def test_an_invited_style_joins_the_list_and_is_shown_while_the_picture_goes_on() -> None:
    gallery, read = make("kiss"), threading.Event()

    def slowly() -> Style:
        assert read.wait(60)
        return of_picture("kiss")

    gallery.invite(Newcomer("kiss.jpg", slowly))
    assert (gallery.current.name, names_of(gallery)) == ("one", ["one", "two"])
    assert int(gallery.stylize(frame_of(0)).frame[0, 0, 0]) == 1
    read.set()
    until(lambda: gallery.current.name == "kiss")
    assert names_of(gallery) == ["one", "two", "kiss"]
    assert int(gallery.stylize(frame_of(0)).frame[0, 0, 0]) == 3
    gallery.step(1)
    until(lambda: gallery.current.name == "one")
    gallery.blend(2, 0.5)
    until(lambda: len(gallery.recipe()) == 2)
    assert dict(gallery.recipe()) == {0: 0.5, 2: 0.5}
    gallery.close()


def test_a_picture_that_is_there_already_is_chosen_and_not_added_again() -> None:
    gallery = make("kiss")
    for name in ("kiss", "the-same-under-another-name"):
        gallery.invite(Newcomer(name, lambda name=name: of_picture(name)))  # type: ignore[misc]
        until(lambda: gallery.current.name == "kiss")
        gallery.select(0)
        until(lambda: gallery.current.name == "one")
    gallery.invite(Newcomer("kiss", lambda: of_picture("kiss")))
    until(lambda: gallery.current.name == "kiss")
    assert names_of(gallery) == ["one", "two", "kiss"]
    gallery.close()


@pytest.mark.parametrize(
    ("error", "says"), [(StyleError("kiss.jpg is damaged"), "kiss.jpg is damaged"), (MemoryError("x"), "kiss.jpg: Mem")]
)
def test_a_picture_that_cannot_be_read_leaves_everything_as_it_was(error: Exception, says: str) -> None:
    gallery = make()

    def fail() -> Style:
        raise error

    gallery.invite(Newcomer("kiss.jpg", fail))
    messages: list[str] = []

    def any_message() -> bool:
        messages.extend(gallery.take_messages())
        return bool(messages)

    until(any_message)
    assert messages[0].startswith(says)
    assert (gallery.current.name, names_of(gallery)) == ("one", ["one", "two"])
    gallery.select(1)
    until(lambda: gallery.current.name == "two")
    gallery.close()


def test_pictures_get_names_of_their_own() -> None:
    styles, index = joined([style_of("one")], of_picture("one"))
    assert ([style.name for style in styles], index) == (["one", "one-2"], 1)
    styles, index = joined(styles, of_picture("one", "1"))
    assert ([style.name for style in styles], index) == (["one", "one-2", "one-3"], 2)
    assert joined(styles, of_picture("other", "1")) == (styles, 2)


def test_the_command_takes_a_picture(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invited: list[Newcomer] = []

    def invite(newcomer: Newcomer) -> bool:
        invited.append(newcomer)
        return True

    monkeypatch.setattr(session.gallery, "invite", invite)
    path = picture(tmp_path / "my kiss.png")
    assert answer(f"style {path}", session, Reading()) == "ok opening my kiss.png ..."
    monkeypatch.setenv("HOME", str(tmp_path))
    assert answer("style ~/my kiss.png", session, Reading()).startswith("ok")
    assert [newcomer.read().name for newcomer in invited] == ["my-kiss"] * 2
    for line in ("style missing.png", f"style {tmp_path}", "style ~nobody/kiss.png", "style \0.png", f"style /{path}"):
        assert answer(line, session, Reading()).startswith("error style ")
    assert len(invited) == 2


def test_the_command_takes_a_model_of_another_program(tmp_path: Path) -> None:
    """The same path through --style is in tests/realtime/style_files/test_foreign.py."""
    told = list[str]()
    gallery = Gallery([find_style("starry")], lambda style: Stylizer(style, "cpu", 1, tell=told.append), fade=0)
    session = Session(gallery, tmp_path)
    path = write_zoo_model(tmp_path / "Mosaic 9.onnx", 255)
    assert answer(f"style {path}", session, Reading()) == "ok opening Mosaic 9.onnx ..."
    until(lambda: gallery.current.name == "mosaic-9")
    assert gallery.current.foreign is not None
    assert "licence unknown" in told[0]
    frame = frame_of(40, 48, 64)
    assert gallery.stylize(frame).frame[0, 0].tolist() == [40, 40, 215]
    assert answer(f"style {path}", session, Reading()).startswith("ok")
    assert answer("style mosaic-9", session, Reading()) == "ok"
    assert lasting_name(gallery.current) == str(path)
    until(lambda: not gallery._arrivals._newcomers)
    assert names_of(gallery) == ["starry", "mosaic-9"], "given twice it is there once"
    gallery.close()


def test_a_model_that_does_not_fit_is_one_line_and_the_picture_goes_on(tmp_path: Path) -> None:
    gallery = make()
    session, messages = Session(gallery, tmp_path), list[str]()

    def any_message() -> bool:
        messages.extend(gallery.take_messages())
        return bool(messages)

    write_zoo_model(tmp_path / "four.onnx", 255, channels=4)
    (tmp_path / "text.onnx").write_text("no model")
    (tmp_path / "folder.onnx").mkdir()
    for name, why in (
        ("four", "four.onnx is not an nstcam style but a model with input1"),
        ("text", "text.onnx is"),
    ):
        assert answer(f"style {tmp_path / name}.onnx", session, Reading()) == f"ok opening {name}.onnx ..."
        until(any_message)
        (message,) = messages
        assert message.startswith(why)
        assert "\n" not in message
        messages.clear()
    for missing in ("folder.onnx", "none.onnx"):
        assert answer(f"style {tmp_path / missing}", session, Reading()).startswith("error style ")
    assert (gallery.current.name, names_of(gallery)) == ("one", ["one", "two"])
    gallery.close()


def test_a_style_file_joins_too(tmp_path: Path) -> None:
    gallery = make("negative")
    session = Session(gallery, tmp_path)
    assert answer(f"style {write_negative_style(tmp_path / 'negative.onnx')}", session, Reading()).startswith("ok")
    until(lambda: gallery.current.name == "negative")
    gallery.close()


def test_no_more_pictures_than_memory_allows(session: Session, tmp_path: Path) -> None:
    styles = [of_picture(f"picture{number}", str(number)) for number in range(MOST_NEWCOMERS)]
    session.gallery._state.styles = (*session.gallery.styles, *styles)
    before = session.gallery.styles
    said = answer(f"style {picture(tmp_path / 'kiss.png')}", session, Reading())
    assert said == f"error {MOST_NEWCOMERS} files are styles already, the most in one session"
    assert session.gallery.styles == before


def test_the_picker_has_room_for_a_newcomer(session: Session) -> None:
    before = len(session.gallery.styles)
    session.gallery._state.styles = (*session.gallery.styles, of_picture("kiss"))
    session.follow_picker()
    assert session.picker.count == before + 1


def test_a_session_begins_with_pictures_and_remembers_them(tmp_path: Path) -> None:
    kiss, wave = picture(tmp_path / "kiss.png"), picture(tmp_path / "wave.png", 1)
    styles, first = choose_styles([str(kiss)], [], None, pytest.fail)
    assert (styles[first].name, first) == ("kiss", len(styles) - 1)
    assert lasting_name(styles[first]) == str(kiss)
    styles, first = choose_styles([], [], str(kiss), pytest.fail)
    assert styles[first].name == "kiss"
    styles, first = choose_styles([str(wave), "wave", str(kiss)], [], None, pytest.fail)
    assert ([style.name for style in styles[:3]], first) == (["wave-2", "wave", "kiss"], 0)
    assert styles[0].painting is not None
    styles, first = choose_styles(["wave"], [str(wave), "wave"], None, pytest.fail)
    assert ([style.name for style in styles], first) == (["wave-2", "wave"], 1)


def test_a_saved_picture_that_is_gone_is_told_and_another_style_shown(tmp_path: Path) -> None:
    told: list[str] = []
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n")
    for path, says in ((tmp_path / "gone.png", "no longer exists"), (broken, "cannot be used")):
        _, first = choose_styles([], [], str(path), told.append)
        assert first == 0
        assert says in told.pop()


def test_a_newcomer_is_named_as_its_file_until_it_is_read(tmp_path: Path) -> None:
    path = picture(tmp_path / "Kiss 2.png")
    newcomer = newcomer_of(path)
    assert (newcomer.name, newcomer.read()) == ("Kiss 2.png", find_style(str(path)))
