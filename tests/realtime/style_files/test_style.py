import contextlib
from pathlib import Path

import pytest
from onnx import TensorProto, helper

from benchmarks.tools.stand_in import write_negative_style
from nstcam.realtime.errors import StyleError
from nstcam.realtime.style_files.library import find_style, list_styles
from nstcam.realtime.style_files.style import read_style
from tests.support.models.tiny import write_model


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty style folder of the user."""
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    return tmp_path / "styles"


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
