from pathlib import Path

import pytest
from onnx import TensorProto, helper

from nstcam.realtime.engine.style import Style, find_style, list_styles, read_style
from nstcam.realtime.errors import StyleError
from tests.support.models import write_model, write_negative_style


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
    monkeypatch.setattr("nstcam.realtime.engine.style.BUNDLED_STYLES", bundled)
    for place in (bundled, folder):
        write_negative_style(place / "same.onnx")
    write_negative_style(bundled / "other.onnx")
    assert [(s.name, s.path.parent) for s in list_styles()] == [("other", bundled), ("same", folder)]
    assert find_style("same").path.parent == folder


def test_a_missing_style_suggests_the_nearest(folder: Path) -> None:
    write_negative_style(folder / "negative.onnx")
    with pytest.raises(StyleError, match="style negativ not found; did you mean negative"):
        find_style("negativ")
    with pytest.raises(StyleError, match=r"not found; there are: .*negative"):
        find_style("qqqq")


def test_stray_files_in_the_folder_do_not_hide_the_styles(folder: Path) -> None:
    write_negative_style(folder / "negative.onnx")
    (folder / "stray.onnx").write_bytes(b"stray")
    assert "negative" in [style.name for style in list_styles()]
    with pytest.raises(StyleError, match=r"stray\.onnx is not an ONNX model"):
        find_style("stray")


def test_a_foreign_model_is_refused_by_what_it_is(tmp_path: Path) -> None:
    node = helper.make_node("Identity", ["input1"], ["output1"])
    path = write_model(
        tmp_path / "foreign.onnx", [node], TensorProto.FLOAT, (1, 3, 224, 224), ports=("input1", "output1")
    )
    with pytest.raises(StyleError, match=r"no nstcam style \(its input is input1, tensor\(float\)\)"):
        read_style(path)


def test_a_newer_contract_asks_for_an_upgrade(tmp_path: Path) -> None:
    with pytest.raises(StyleError, match=r"contract 2, this nstcam knows 1; upgrade"):
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
