"""Tests how nstcam video and nstcam image open styles, what they hand on, and how they end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from nstcam.realtime.cli.options.scene import Behind
from nstcam.realtime.cli.video import convert_files as files
from nstcam.realtime.cli.video.options import ImageOptions, VideoOptions
from nstcam.realtime.people.words import OFF, STYLE
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.video.encoding.pipe_writer import ReaderGoneError
from nstcam.realtime.video.painting import VideoSettings
from nstcam.realtime.video.prepared import Stopped
from tests.support.fakes.live import style_of


class Work(SimpleNamespace):
    """What was opened, done and closed. Styles that end in ~ have a canvas, those that end in + are local."""

    def __init__(self) -> None:
        super().__init__(opened=[], closed=[], kept=[], done=[], error=None)

    def open(self, style: Style, at_once: int) -> Any:
        self.opened.append((style.name, at_once))
        return SimpleNamespace(style=style, path=style.path, close=lambda: self.closed.append(style.name))

    def do(self, *given: Any, **named: Any) -> str:
        self.done.append((given, named))
        if self.error is not None:
            raise self.error
        return "done"


def find(name: str) -> Style:
    return replace(style_of(name), has_canvas=name.endswith("~"), network="lite" if name.endswith("+") else "")


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    found = Work()

    @contextmanager
    def interrupt(*, kept: str) -> Iterator[Any]:
        found.kept.append(kept)
        yield lambda: False

    def opener(_device: str, _threads: object, _notices: object, at_once: int = 1) -> Any:
        return lambda style: found.open(style, at_once)

    def open_style(name: str, *rest: Any, **_: Any) -> Any:
        return found.open(find(name), rest[3] if len(rest) > 3 else 1)

    monkeypatch.setattr(files, "open_style", open_style)
    monkeypatch.setattr(files, "stylizer_opener", opener)
    monkeypatch.setattr("nstcam.realtime.cli.options.scene.style_behind", find)
    monkeypatch.setattr(files, "stop_on_interrupt", interrupt)
    monkeypatch.setattr(files, "identity_of", lambda _: "id")
    monkeypatch.setattr(files, "identity", lambda *given: given[2] and str(given[2]))
    for name in ("stylize_video", "stylize_part", "contact_sheet", "stylize_image"):
        monkeypatch.setattr(files, name, found.do)
    return found


def video(styles: str = "a", behind: str = "", **changes: Any) -> VideoOptions:
    unlike: Any = dict.fromkeys(VideoOptions.__dataclass_fields__)
    words = {
        "paths": (Path("in.mp4"), Path("out.mp4")), "styles": tuple(enumerate(styles.split())), "fade": 1.0,
        "paint": "all", "device": "cpu", "behind": Behind(STYLE, behind) if behind else Behind(OFF),
        "settings": VideoSettings(styles="", follow=True), "overwrite": False, "as_json": False, "resume": False,
    }  # fmt: skip
    return VideoOptions(**(unlike | words | changes))


@pytest.mark.parametrize(
    ("styles", "behind", "follow", "opened"),
    [
        ("a b a", "", False, [("a", 2), ("b", 2)]),
        ("a b~", "", True, [("a", 2), ("b~", 2)]),
        ("a", "x", False, [("a", 2), ("x", 2)]),
        ("a", "x~", True, [("a", 2), ("x~", 2)]),
        ("a~", "x", True, [("a~", 2), ("x", 2)]),
    ],
)
def test_each_style_is_opened_once_for_two_frames_and_closed(
    work: Work, styles: str, behind: str, follow: bool, opened: list[tuple[str, int]]
) -> None:
    files.convert_videos(video(styles, behind))
    (((_, _, timeline, settings), named),) = work.done
    assert [(at, stylizer.style.name) for at, stylizer in timeline.entries] == list(enumerate(styles.split()))
    assert (settings.follow, settings.styles) == (follow, "id")
    assert settings.scene == (f"{behind}.onnx" if behind else None)
    assert (named["people"].behind is not None) == bool(behind)
    assert work.opened == opened
    assert sorted(work.closed) == sorted(name for name, _ in opened)
    work.done.clear()
    files.convert_videos(video(styles, behind, settings=VideoSettings(styles="", follow=False)))
    assert work.done[0][0][3].follow is False


@pytest.mark.parametrize(("changes", "kept"), [({}, files.KEPT), ({"preview": 4}, ""), ({"learn": 9.0}, "")])
def test_parts_are_kept_where_something_continues_with_them(work: Work, changes: dict[str, Any], kept: str) -> None:
    files.convert_videos(video(**changes))
    assert work.kept == [kept]


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [(Stopped("stopped at 3 s"), 130, "nstcam: stopped at 3 s\n"), (ReaderGoneError(), 141, "")],
)
def test_an_interrupt_and_a_reader_that_is_gone_have_codes_of_their_own(
    work: Work, error: Exception, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    work.error = error
    with pytest.raises(typer.Exit) as ended:
        files.convert_videos(video())
    assert (ended.value.exit_code, capsys.readouterr().err, work.closed) == (code, said, ["a"])


@pytest.mark.parametrize(("style", "behind"), [("a", ""), ("a+", "x"), ("a", "x+")])
def test_pictures_are_told_which_styles_are_local(work: Work, style: str, behind: str) -> None:
    files.convert_images(ImageOptions(
        paths=(Path("in.png"), Path("out.png")), output_dir=None, device="cpu", threads=None, overwrite=True,
        as_json=False, style=style, strength=0.5, keep_colors=True, brighten=True, stroke_scale=2.0, paint="all",
        behind=Behind(STYLE, behind) if behind else Behind(OFF),
    ))  # fmt: skip
    ((given, named),) = work.done
    second = named.pop("behind")
    assert given[:2] == (Path("in.png"), Path("out.png"))
    assert named.pop("scene").background == (STYLE if behind else OFF)
    assert named == {
        "local": style == "a+", "strength": 0.5, "keep_colors": True, "brighten": True, "stroke_scale": 2.0,
        "overwrite": True,
    }  # fmt: skip
    assert (second and (second.stylizer.style.name, second.local)) == ((behind, behind == "x+") if behind else None)
    assert work.opened == [(style, 1), *([(behind, 2)] if behind else [])]
