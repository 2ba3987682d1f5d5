"""Tests --paint and --background on the command lines of live nstcam, nstcam video and nstcam image."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import typer

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.cli import app
from nstcam.realtime.cli.live.start import scene_behind
from nstcam.realtime.cli.options.scene import Behind, identity, parse_background, scene_of
from nstcam.realtime.cli.running.terminal import Notices
from nstcam.realtime.errors import NstError, SourceError
from nstcam.realtime.live.settings import Settings
from nstcam.realtime.people.words import BLUR, CLEAR, OFF, PICTURE, STYLE
from tests.support.commands import outcome
from tests.support.fakes.live import style_of
from tests.support.media.clips import write_clip
from tests.support.media.people import astronaut


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path))
    cv2.imwrite("me.png", astronaut())
    write_negative_style(tmp_path / "neg.onnx")


@pytest.mark.parametrize(
    ("text", "kind"),
    [("off", OFF), ("blur", BLUR), ("wave", STYLE), ("neg", STYLE), ("x/neg.onnx", STYLE), ("me.png", PICTURE),
     ("gone.jpg", PICTURE), ("nothing", STYLE)],
)  # fmt: skip
def test_words_pictures_and_styles_are_told_apart(text: str, kind: str) -> None:
    assert parse_background(text).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [("wave", STYLE), ("neg.onnx", STYLE), ("GONE.ONNX", STYLE), ("photo", PICTURE), ("GONE.JPG", PICTURE)],
)
def test_a_name_of_a_style_is_one_even_where_a_file_is_called_so(text: str, kind: str) -> None:
    for name in ("wave", "photo"):
        Path(name).touch()
    assert parse_background(text) == Behind(kind, text)


@pytest.mark.parametrize("text", ["", "rtsp://user:secret@host/x", CLEAR])
def test_what_cannot_stand_behind_anybody_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        parse_background(text)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("command", ["image me.png out.png", "video clip.mp4 out.mp4", "--no-window --camera test"])
@pytest.mark.parametrize(
    ("background", "says"),
    [
        ("gone.jpg", "nstcam: gone.jpg not found; check the path"),
        ("blor", "nstcam: background blor is neither a file nor a style; did you mean blur?"),
        ("qqqq", "nstcam: background qqqq is neither a file nor a style; give a picture, a style or blur"),
        ("gone.onnx", "nstcam: style file gone.onnx not found; `nstcam styles` lists what there is"),
    ],
)
def test_a_background_that_is_not_there_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, background: str, says: str
) -> None:
    write_clip(Path("clip.mp4"))
    words = (*command.split(), "--style", "neg", "--background", background)
    code, _, error = outcome(app.main, ("nstcam", *words), monkeypatch, capsys)
    assert (code, error.strip()) == (1, says)


def test_an_interrupted_run_knows_its_scene_by_content() -> None:
    assert identity("all", Behind(OFF)) is None
    before = identity("person", Behind(PICTURE, "me.png"))
    assert before is not None
    assert before.startswith("paint person, background me.png ")
    cv2.imwrite("me.png", 255 - astronaut())
    assert identity("person", Behind(PICTURE, "me.png")) != before


def test_only_what_changes_nothing_has_no_identity() -> None:
    assert identity("person", Behind(OFF)) == "paint person, background off"
    assert identity("all", Behind(BLUR)) == "paint all, background blur"
    assert identity("all", Behind(PICTURE, "me.png"), Path("gone.onnx")) is not None, "the style's file is not read"
    named = identity("all", Behind(STYLE, "neg"), Path("neg.onnx"))
    assert named is not None
    assert named.startswith("paint all, background neg ")


def test_a_backdrop_that_is_missing_is_an_error() -> None:
    with pytest.raises(SourceError, match=r"gone\.jpg"):
        scene_of("all", Behind(PICTURE, "gone.jpg"))


def test_a_saved_background_that_is_gone_is_a_notice_and_one_asked_for_an_error() -> None:
    styles, notices = [style_of("one")], Notices()
    for gone in ("gone.jpg", "nothing"):
        with pytest.raises(NstError, match=gone.replace(".", r"\.")):
            scene_behind(Settings(background=gone), styles, asked=True, notices=notices)
        behind, scene = scene_behind(Settings(background=gone), styles, asked=False, notices=notices)
        assert (behind.kind, scene.background) == (OFF, OFF)
    behind, _ = scene_behind(Settings(background="neg"), styles, asked=True, notices=notices)
    assert behind == Behind(STYLE, "neg")
    assert [style.name for style in styles] == ["one", "neg"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("image me.png out.jpg --background transparent", "cannot hold transparency"),
        ("image me.png --style all --paint person", "leave out --paint and --background"),
        ("image me.png --style all --background blur", "leave out --paint and --background"),
        ("image me.png out.png --paint half", "choose one of all, person, background"),
        ("video me.png out.mp4 --background transparent", "for pictures only"),
        ("--background transparent", "for pictures only"),
        ("--paint nobody", "choose one of all, person, background"),
    ],
)
def test_wrong_command_lines_are_refused(
    line: str, why: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, error = outcome(app.main, ("nstcam", *line.split()), monkeypatch, capsys)
    assert code == 2
    assert why in " ".join(error.split())


def test_a_picture_is_cut_out_and_folders_become_png(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite("photo.jpg", astronaut())
    line = "image photo.jpg --output-dir cut --style neg --background transparent --device cpu"
    code, _, error = outcome(app.main, ("nstcam", *line.split()), monkeypatch, capsys)
    assert code == 0, error
    cut = cv2.imread("cut/photo.png", cv2.IMREAD_UNCHANGED)
    assert cut is not None
    assert cut.shape == (240, 320, 4)
    assert np.ptp(cut[..., 3]) == 255
