"""Tests the public names of nstcam.realtime: loaded on demand, typed, with the defaults of the command line."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import nstcam.realtime
from nstcam.realtime import SinkError, SourceError, Stopped, Stylizer, find_style, stylize_video
from nstcam.realtime.cli.app import app, main
from nstcam.realtime.output.snapshot import save_snapshot
from tests.support.commands import outcome
from tests.support.media.clips import look, packets, write_clip
from tests.support.media.people import astronaut


@pytest.fixture(scope="module")
def stylizer() -> Stylizer:
    return Stylizer(find_style("wave"), "cpu", threads=1)


def test_every_name_is_there_and_listed() -> None:
    for name in nstcam.realtime.__all__:
        assert getattr(nstcam.realtime, name).__name__ == name
    assert set(nstcam.realtime.__all__) <= set(dir(nstcam.realtime))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute Stylist"):
        nstcam.realtime.Stylist  # noqa: B018


def test_names_are_loaded_when_they_are_used(tmp_path: Path) -> None:
    code = (
        "import sys, nstcam.realtime as r; heavy = {'cv2', 'av', 'onnxruntime', 'numpy'}; "
        "print(heavy & {*sys.modules}); r.stylize_video; print(heavy - {*sys.modules}, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["set()", "set() False"]


def test_the_defaults_are_those_of_nstcam_video() -> None:
    import typer

    command: Any = typer.main.get_command(app)
    options = {parameter.name: parameter.default for parameter in command.commands["video"].params}
    shared = {name: p.default for name, p in inspect.signature(stylize_video).parameters.items() if name in options}
    assert {"strength", "keep_colors", "follow", "codec", "quality", "encoder", "overwrite", "resume"} <= set(shared)
    del shared["start"], shared["end"], shared["steady"]  # typed in another way there
    assert shared == {name: options[name] for name in shared}


def test_a_video_is_that_of_the_command_line(
    tmp_path: Path, stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=6, audio="aac")
    report = stylize_video(str(clip), str(tmp_path / "a.mp4"), stylizer, keep_colors=True, encoder="software")
    words = ["nstcam", "video", str(clip), str(tmp_path / "b.mp4"), "--style", "wave", "--keep-colors"]
    words += ["--encoder", "software", "--device", "cpu", "--threads", "1"]
    assert outcome(main, tuple(words), monkeypatch, capsys)[0] == 0
    assert report.frames == len(look(tmp_path / "a.mp4").times) == 6
    assert packets(tmp_path / "a.mp4") == packets(tmp_path / "b.mp4")


def test_an_interrupted_run_goes_on_with_its_own_style_only(tmp_path: Path, stylizer: Stylizer) -> None:
    clip, target = write_clip(tmp_path / "clip.mp4", frames=123), tmp_path / "out.mp4"
    done: list[int] = []
    with pytest.raises(Stopped):
        stylize_video(clip, target, stylizer, progress=lambda p: done.append(p.frames), stop=lambda: len(done) >= 122)
    with Stylizer(find_style("starry"), "cpu", threads=1) as other, pytest.raises(SinkError, match="starry"):
        stylize_video(clip, target, other, resume=True)
    report = stylize_video(clip, target, stylizer, resume=True)
    assert (report.frames, report.resumed_at) == (123, 120)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"strength": 1.5}, "strength is 1.5, expected 0 to 1"),
        ({"steady": float("nan")}, "steady is nan, expected 0 to 1"),
        ({"quality": 52}, "quality is 52, expected 0 to 51"),
        ({"codec": "mpeg2"}, "codec is 'mpeg2', expected one of None, h264"),
        ({"encoder": "fast"}, "encoder is 'fast', expected one of auto"),
        ({"start": 5, "end": 4}, "start is 5 and end 4"),
        ({"start": -1}, "start is -1 and end None"),
        ({"fps": "fast"}, "fast is not a frame rate"),
        ({"matte": "plaid"}, "plaid is not a colour"),
        ({"bits": 12}, "bits is 12 and max_size None, expected 8 or 16"),
        ({"max_size": 0}, "bits is None and max_size 0, expected"),
    ],
)
def test_values_out_of_range_are_named(tmp_path: Path, stylizer: Stylizer, values: dict[str, Any], text: str) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=2)
    with pytest.raises(ValueError, match=text):
        stylize_video(clip, tmp_path / "out.mp4", stylizer, **values)
    assert not (tmp_path / "out.mp4").exists()


def test_numbered_pictures_become_an_animation(tmp_path: Path, stylizer: Stylizer) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=3)
    report = stylize_video(clip, tmp_path / "frames" / "%d.png", stylizer)
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == ["1.png", "2.png", "3.png"]
    report = stylize_video(tmp_path / "frames" / "%d.png", tmp_path / "out.gif", stylizer, fps="10", max_size=10**6)
    assert (report.frames, report.duration) == (3, 0.3)


@pytest.mark.parametrize(
    "values",
    [
        {"strength": 0, "steady": 0, "quality": 0, "stroke_scale": 0.1, "bits": 8, "max_size": 1, "start": 0},
        {"strength": 1, "steady": 1, "quality": 51, "stroke_scale": 10, "bits": 16, "start": 1, "end": 1.5},
    ],
)
def test_the_borders_of_each_range_belong_to_it(
    monkeypatch: pytest.MonkeyPatch, stylizer: Stylizer, values: dict[str, Any]
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("nstcam.realtime.video.convert.stylize_video", lambda *given, **_: asked.append(given[3]))
    stylize_video("in.mp4", "out.mp4", stylizer, **values)
    del values["max_size" if "max_size" in values else "end"]
    assert {name: getattr(asked[0], name) for name in values} == values


def test_people_and_their_background_are_told_apart(tmp_path: Path, stylizer: Stylizer) -> None:
    clip = write_clip(tmp_path / "in.mp4", frames=3, picture=astronaut(96, 128))
    made = {}
    save_snapshot(astronaut(96, 128), "back", tmp_path)
    (picture,) = tmp_path.glob("*.png")
    for name, how in {
        "plain": {}, "person": {"paint": "person"}, "blur": {"paint": "background", "background": "blur"},
        "picture": {"background": picture}, "two": {"background": stylizer},
    }.items():  # fmt: skip
        stylize_video(clip, tmp_path / f"{name}.mp4", stylizer, encoder="software", **how)  # type: ignore[arg-type]
        made[name] = packets(tmp_path / f"{name}.mp4")
    assert len({str(each) for each in made.values()}) == 4
    assert made["two"] == made["plain"], "both styles are the same"
    with pytest.raises(ValueError, match="paint is 'me', expected one of all, person, background"):
        stylize_video(clip, tmp_path / "b.mp4", stylizer, paint="me")
    with pytest.raises(SourceError):
        stylize_video(clip, tmp_path / "b.mp4", stylizer, background="nowhere.jpg")
