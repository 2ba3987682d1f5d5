from pathlib import Path

import pytest

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.errors import StyleError
from nstcam.realtime.style_files.library import FIRST, find_style, list_styles
from nstcam.realtime.style_files.style import Style
from tests.support.models.bundled import bundle_instead


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty style folder of the user."""
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    return tmp_path / "styles"


def test_styles_are_found_by_name_and_by_path(folder: Path) -> None:
    path = write_negative_style(folder / "negative.onnx", {"nst.title": "Negative"})
    assert find_style("negative") == find_style(str(path)) == Style(path, "negative", "Negative")
    assert "negative" in [style.name for style in list_styles()]


def test_a_listed_style_is_found_whatever_its_file_is_called(folder: Path) -> None:
    path = write_negative_style(folder / "negative (1).onnx", {"nst.name": "negative"})
    assert "negative" in [style.name for style in list_styles()]
    assert find_style("negative").path == find_style("negative (1)").path == path


def test_the_users_style_wins_over_a_bundled_one_of_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundled = folder.parent / "bundled"
    bundle_instead(monkeypatch, bundled)
    for place in (bundled, folder):
        write_negative_style(place / "same.onnx")
    write_negative_style(bundled / "other.onnx")
    assert [(s.name, s.path.parent) for s in list_styles()] == [("other", bundled), ("same", folder)]
    assert find_style("same").path.parent == folder


def test_a_missing_style_suggests_the_nearest(folder: Path) -> None:
    write_negative_style(folder / "negative.onnx")
    with pytest.raises(StyleError, match="style negativ not found; did you mean negative"):
        find_style("negativ")
    with pytest.raises(StyleError, match=r"not found; available: .*negative"):
        find_style("qqqq")


def test_stray_files_in_the_folder_do_not_hide_the_styles(folder: Path) -> None:
    write_negative_style(folder / "negative.onnx")
    (folder / "stray.onnx").write_bytes(b"stray")
    assert "negative" in [style.name for style in list_styles()]
    with pytest.raises(StyleError, match=r"stray\.onnx is not an ONNX model"):
        find_style("stray")


def test_hidden_files_are_not_listed(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_negative_style(folder / "negative.onnx")
    (folder / "._negative.onnx").write_bytes(b"what macOS leaves on other systems' drives")
    list_styles()
    assert caplog.messages == []


def test_a_styles_8_bit_file_belongs_to_it(folder: Path) -> None:
    path = write_negative_style(folder / "negative.onnx")
    int8 = write_negative_style(folder / "negative.int8.onnx", {"nst.name": "negative", "nst.precision": "int8"})
    style = find_style("negative")
    assert (style.path, style.int8_path) == (path, int8)
    assert [s for s in list_styles() if s.name == "negative"] == [style], "one style, two files"
    assert find_style(str(path)).int8_path is None, "a file that was asked for is the one that is used"
    path.unlink()
    assert find_style("negative").path == int8


def test_the_order_is_fixed_with_one_style_before_all_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundled, own = tmp_path / "bundled", tmp_path / "own"
    for path in (bundled / "a.onnx", bundled / f"{FIRST}.onnx", bundled / "z.onnx", own / "b.onnx"):
        write_negative_style(path)
    bundle_instead(monkeypatch, bundled)
    monkeypatch.setenv("NSTCAM_STYLES", str(own))
    assert [style.name for style in list_styles()] == [FIRST, "a", "z", "b"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("checkpoint.pt", b"PK\3\4", r"is a checkpoint, not a style; make a style of it: nst-export .*checkpoint\.pt"),
        ("missing.png", None, "missing.png not found; .* a picture file is a style as well"),
        ("words", b"words", "not an ONNX model"),
    ],
)
def test_what_is_not_a_style_yet_is_told_how_to_become_one(
    folder: Path, name: str, content: bytes | None, says: str
) -> None:
    path = folder.parent / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StyleError, match=says):
        find_style(str(path))
