import contextlib
from pathlib import Path

import pytest
from onnx import TensorProto, helper

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.errors import StyleError
from nstcam.realtime.style_files.style import FIRST, Style, find_style, list_styles, read_style
from tests.support.models.tiny import write_model


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
    monkeypatch.setattr("nstcam.realtime.style_files.style.BUNDLED_STYLES", bundled)
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


def damaged(folder: Path, old: bytes, new: bytes) -> Path:
    """A style with other bytes in place of some of its own."""
    data = write_negative_style(folder / "made.onnx", {"nst.title": "Negative"}).read_bytes()
    assert len(old) == len(new)
    assert old in data
    path = folder / "damaged.onnx"
    path.write_bytes(data.replace(old, new))
    (folder / "made.onnx").unlink()
    return path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Negative", b"Neg\xfftive"),
        (b"nst.title", b"nst.\xc3itle"),
        (b"frame", b"fr\xffme"),
        (b"stylized", b"styl\xffzed"),
        (b"height", b"h\xffight"),
    ],
)
def test_what_is_not_utf_8_is_skipped_in_lists_and_refused_when_asked_for(
    folder: Path, caplog: pytest.LogCaptureFixture, old: bytes, new: bytes
) -> None:
    write_negative_style(folder / "negative.onnx")
    path = damaged(folder, old, new)
    assert {style.name for style in list_styles() if not style.bundled} == {"negative"}
    line = f"{path} has names or metadata that are not UTF-8; export it again"
    assert caplog.messages == [f"{line}; it is left out"]
    for name in ("damaged", str(path)):
        with pytest.raises(StyleError) as caught:
            find_style(name)
        assert str(caught.value) == line


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("nst.name", "\x1b[2J", "its name has control characters"),
        ("nst.title", "x" * 2000, "its title has 2000 letters, at most 1000 are allowed"),
    ],
)
def test_metadata_that_cannot_be_shown_is_refused(folder: Path, key: str, value: str, says: str) -> None:
    path = write_negative_style(folder / "negative.onnx", {key: value})
    with pytest.raises(StyleError, match=says):
        read_style(path)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-1", "0", "1e999", "1e300", "x", ""])
def test_a_cost_that_is_none_is_not_told(folder: Path, value: str) -> None:
    path = write_negative_style(folder / "negative.onnx", {"nst.macs_per_pixel": value})
    assert read_style(path).macs_per_pixel is None


def test_nothing_but_the_one_line_is_printed(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = write_negative_style(folder / "negative.onnx").read_bytes()
    for at in range(0, len(data), 7):
        (folder / "negative.onnx").write_bytes(data[:at] + b"\xff" + data[at + 1 :])
        with contextlib.suppress(StyleError):
            read_style(folder / "negative.onnx")
    assert capfd.readouterr() == ("", "")


def test_hidden_files_are_not_listed(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_negative_style(folder / "negative.onnx")
    (folder / "._negative.onnx").write_bytes(b"what macOS leaves on other systems' drives")
    list_styles()
    assert caplog.messages == []


def test_a_foreign_model_is_refused_by_what_it_is(tmp_path: Path) -> None:
    node = helper.make_node("Identity", ["input1"], ["output1"])
    path = write_model(
        tmp_path / "foreign.onnx", [node], TensorProto.FLOAT, (1, 3, 224, 224), ports=("input1", "output1")
    )
    with pytest.raises(StyleError, match=r"not an nstcam style \(its input is input1, tensor\(float\)\)"):
        read_style(path)


def test_a_newer_contract_asks_for_an_upgrade(tmp_path: Path) -> None:
    with pytest.raises(StyleError, match=r"contract 2, but this nstcam supports 1; upgrade"):
        read_style(write_negative_style(tmp_path / "new.onnx", {"nst.contract": "2"}))


def test_a_style_with_wrong_ports_is_refused(tmp_path: Path) -> None:
    node = helper.make_node("Identity", ["frame"], ["stylized"])
    path = write_model(tmp_path / "wrong.onnx", [node], TensorProto.FLOAT, metadata={"nst.contract": "1"})
    with pytest.raises(StyleError, match="breaks the contract: its input"):
        read_style(path)


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
    monkeypatch.setattr("nstcam.realtime.style_files.style.BUNDLED_STYLES", bundled)
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
