"""Tests nstcam styles and what it does with names and files, as a user runs it."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import cv2
import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.cli.app import main
from nstcam.realtime.errors import StyleError
from nstcam.realtime.style_files.hiding import hide_styles, unhide_styles
from nstcam.realtime.style_files.library import find_style, list_styles
from tests.support.commands import run_here


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_here(main, ("nstcam", "styles", *arguments), home, NSTCAM_STYLES=str(home / "styles"))


def test_a_style_goes_in_is_shown_goes_out_and_is_removed(tmp_path: Path) -> None:
    write_negative_style(tmp_path / "negative.onnx", {"nst.title": "The Negative"})
    added = run(tmp_path, "add", "negative.onnx")
    assert added.returncode == 0
    assert "negative: " in added.stdout
    assert "licence: not stated" in added.stdout
    assert "try it: nstcam --style negative" in added.stdout
    again = run(tmp_path, "add", "negative.onnx")
    assert (again.returncode, again.stdout) == (1, "")
    assert "add --overwrite to replace it" in again.stderr
    seen = run(tmp_path, "show", "negative", "starry")
    assert "name      negative\n" in seen.stdout
    assert "SHA-256 " in seen.stdout
    assert "title     The Negative\n" in seen.stdout
    assert seen.stdout.count("preview   192x144\n") == 2
    (record,) = json.loads(run(tmp_path, "show", "negative", "--json").stdout)
    assert record["name"] == "negative"
    assert base64.b64decode(record["preview"]).startswith(b"\xff\xd8\xff")
    packed = run(tmp_path, "export", "negative", "starry", "--output", "two.zip")
    assert packed.stdout.startswith("two.zip: 2 styles, ")
    removed = run(tmp_path, "remove", "negative")
    assert removed.stdout == f"{tmp_path / 'styles' / 'negative.onnx'}: removed\n"
    assert not list((tmp_path / "styles").iterdir())
    more = run(tmp_path, "add", "two.zip")
    assert "starry hides the bundled style of that name until you remove it" in more.stdout
    assert "negative" in run(tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("paint", "x"), 2, "paint is unknown; give show, add, remove, export, hide, unhide, or nothing"),
        (("show",), 2, "nstcam styles show needs the name of a style"),
        (("add",), 2, "nstcam styles add needs a .onnx file, a folder, a pack or a picture"),
        (("show", "starry", "--sheet", "a.jpg"), 2, "--sheet shows all styles; leave out show"),
        (("--photo", "a.jpg"), 2, "--photo is for --sheet FILE"),
        (("show", "starry", "--output", "a.zip"), 2, "--output is for nstcam styles export"),
        (("show", "stary"), 1, "style stary not found; did you mean starry?"),
        (
            ("remove", "starry"),
            1,
            "cannot be removed; nstcam styles hide starry leaves it out",
        ),
        (("unhide", "starry"), 1, "style starry is not hidden; hidden are: none"),
        (("hide",), 2, "nstcam styles hide needs the name of a style"),
        (("add", "nowhere.zip"), 1, "nowhere.zip not found"),
    ],
)
def test_wrong_command_lines_get_one_line(tmp_path: Path, arguments: tuple[str, ...], code: int, why: str) -> None:
    done = run(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_sheet_shows_all_styles(tmp_path: Path) -> None:
    done = run(tmp_path, "--sheet", "sheet.jpg")
    assert done.stdout == "sheet.jpg: 16 styles\n"
    sheet = cv2.imread(str(tmp_path / "sheet.jpg"))
    assert sheet is not None
    assert sheet.shape == (5 * (144 + 8) + 8, 4 * (192 + 8) + 8, 3)
    again = run(tmp_path, "--sheet", "sheet.jpg", "--photo", "sheet.jpg")
    assert again.returncode == 1
    assert "sheet.jpg exists already" in again.stderr or "is the source itself" in again.stderr


def test_a_bundled_style_is_hidden_and_shown_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    write_negative_style(tmp_path / "styles" / "negative.onnx")
    done = run(tmp_path, "hide", "wave", "neon")
    assert done.stdout.splitlines()[0].startswith("wave: hidden; --style wave still works")
    names = [style.name for style in list_styles()]
    assert "starry" in names
    assert not {"wave", "neon"} & set(names)
    assert find_style("wave").bundled
    assert "\nhidden: neon, wave; nstcam styles unhide NAME shows it again\n" in run(tmp_path).stdout
    assert run(tmp_path, "unhide", "wave").stdout == "wave: in lists again\n"
    assert "wave" in [style.name for style in list_styles()]
    refused = run(tmp_path, "hide", "negative")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "is not bundled with nstcam; nstcam styles remove negative removes it" in refused.stderr
    unhide_styles(["neon"])
    assert [path.name for path in (tmp_path / "styles").iterdir()] == ["negative.onnx"]


def test_one_style_is_always_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    with pytest.raises(StyleError, match="no style would be left"):
        hide_styles(list_styles())
    assert not (tmp_path / "styles").exists()
    first, *rest = list_styles()
    hide_styles(rest)
    assert list_styles() == [first]
    write_negative_style(tmp_path / "styles" / "negative.onnx")
    hide_styles([first])
    assert [style.name for style in list_styles()] == ["negative"]


def test_a_broken_list_of_hidden_styles_hides_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path))
    (tmp_path / "hidden.txt").write_bytes(b"wave\n\xff")
    assert "wave" in [style.name for style in list_styles()]
    assert "so no style is hidden; delete it" in caplog.text
