"""Tests adding, removing and exporting styles."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from nstcam.realtime.engine.stylizer import Stylizer
from nstcam.realtime.errors import SinkError, StyleError
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.packs import add_styles, export_styles, hides_bundled, remove_style
from nstcam.realtime.style_files.style import BUNDLED_STYLES, read_style
from tests.support.media.clips import texture
from tests.support.models.tiny import write_copy_style


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's styles are; it does not exist yet."""
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "mine" / "styles"))
    return tmp_path / "mine" / "styles"


def test_a_file_is_installed_under_the_name_of_its_style(tmp_path: Path, home: Path) -> None:
    source = write_copy_style(tmp_path / "download (1).onnx", "mill", title="The Mill", licence="CC0")
    (added,) = add_styles(source)
    assert [path.name for path in home.iterdir()] == ["mill.onnx"]
    assert (home / "mill.onnx").read_bytes().startswith(source.read_bytes()), "only a preview has been added"
    assert (added.name, added.title, added.licence, added.path) == ("mill", "The Mill", "CC0", home / "mill.onnx")
    assert find_style("mill").path == home / "mill.onnx"


@pytest.mark.parametrize("letter", ["x", "é"])
def test_a_name_has_200_bytes_at_most(tmp_path: Path, home: Path, letter: str) -> None:
    longest = letter * (200 // len(letter.encode()))
    assert add_styles(write_copy_style(tmp_path / "a.onnx", longest))[0].name == longest
    with pytest.raises(StyleError, match="which cannot be the name of a file"):
        add_styles(write_copy_style(tmp_path / "a.onnx", longest + "x"))


def test_a_folder_brings_all_of_its_styles_with_their_8_bits(tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "in"
    write_copy_style(folder / "a.onnx", "mill")
    write_copy_style(folder / "a.int8.onnx", "mill", precision="int8")
    write_copy_style(folder / "b.onnx", "pond")
    (folder / "README.md").write_text("styles")
    assert [style.name for style in add_styles(folder)] == ["mill", "pond"]
    assert sorted(path.name for path in home.iterdir()) == ["mill.int8.onnx", "mill.onnx", "pond.onnx"]
    assert read_style(home / "mill.int8.onnx").precision == "int8"


def test_what_is_exported_is_added_again(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_copy_style(home / "mill.onnx", "mill", title="The Mill", licence="CC0")
    write_copy_style(home / "mill.int8.onnx", "mill")
    write_copy_style(home / "pond.onnx", "pond")
    pack = tmp_path / "pack.zip"
    export_styles([find_style("mill"), find_style("pond"), find_style("starry")], pack)
    with zipfile.ZipFile(pack) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert [each["file"] for each in manifest["styles"]][:3] == ["mill.onnx", "mill.int8.onnx", "pond.onnx"]
    assert manifest["styles"][0]["licence"] == "CC0"
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "other"))
    added = add_styles(pack)
    assert [style.name for style in added] == ["mill", "pond", "starry"]
    assert (tmp_path / "other" / "mill.int8.onnx").read_bytes() == (home / "mill.int8.onnx").read_bytes()
    assert [hides_bundled(style) for style in added] == [False, False, True]
    with pytest.raises(SinkError, match="exists already; choose another name or add --overwrite"):
        export_styles(added, pack)
    with pytest.raises(SinkError, match=r"must end in \.zip"):
        export_styles(added, tmp_path / "pack.rar")


def test_one_of_the_same_name_stays_unless_it_may_be_replaced(tmp_path: Path, home: Path) -> None:
    write_copy_style(home / "mill.onnx", "mill", title="old")
    write_copy_style(home / "mill.int8.onnx", "mill", title="old")
    new = write_copy_style(tmp_path / "new.onnx", "mill", title="new")
    with pytest.raises(StyleError, match=r"there is a style mill already .*; add --overwrite"):
        add_styles(new)
    assert find_style("mill").title == "old"
    add_styles(new, overwrite=True)
    assert [path.name for path in home.iterdir()] == ["mill.onnx"], "8 bits of the old one would be used"
    assert find_style("mill").title == "new"


def test_a_failure_on_the_way_leaves_everything_as_it_was(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_copy_style(home / "mill.onnx", "mill", title="old")
    write_copy_style(home / "mill.int8.onnx", "mill", title="old")
    for name in ("apple", "mill", "pond"):
        write_copy_style(tmp_path / "in" / f"{name}.onnx", name, title="new")
    rename = Path.rename

    def failing(path: Path, target: Path) -> Path:
        if Path(target).name == "pond.onnx":
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(SinkError, match="No space left on device"):
        add_styles(tmp_path / "in", overwrite=True)
    assert sorted(path.name for path in home.iterdir()) == ["mill.int8.onnx", "mill.onnx"]
    assert find_style("mill").title == "old"


def test_links_are_replaced_themselves_and_folders_stay(tmp_path: Path, home: Path) -> None:
    home.mkdir(parents=True)
    (tmp_path / "mine.onnx").write_text("mine")
    (home / "mill.onnx").symlink_to(tmp_path / "mine.onnx")
    add_styles(write_copy_style(tmp_path / "new.onnx", "mill"), overwrite=True)
    assert (tmp_path / "mine.onnx").read_text() == "mine"
    assert not (home / "mill.onnx").is_symlink()
    (home / "pond.onnx").mkdir()
    with pytest.raises(StyleError, match=r"pond\.onnx is a folder; move it away"):
        add_styles(write_copy_style(tmp_path / "pond.onnx", "pond"), overwrite=True)
    assert (home / "pond.onnx").is_dir()


def test_own_styles_are_removed_and_others_stay(tmp_path: Path, home: Path) -> None:
    write_copy_style(home / "mill.onnx", "mill")
    write_copy_style(home / "mill.int8.onnx", "mill")
    assert remove_style(find_style("mill")) == [home / "mill.onnx", home / "mill.int8.onnx"]
    assert list(home.iterdir()) == []
    with pytest.raises(StyleError, match="is bundled with nstcam and cannot be removed"):
        remove_style(find_style("starry"))
    assert (BUNDLED_STYLES / "starry.onnx").exists()
    elsewhere = write_copy_style(tmp_path / "x.onnx", "x")
    with pytest.raises(StyleError, match=r"is not in .*; delete the file itself"):
        remove_style(read_style(elsewhere))
    assert elsewhere.exists()


def test_a_full_disk_leaves_no_pack(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(self: zipfile.ZipFile, *_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", write)
    with pytest.raises(SinkError, match="No space left on device"):
        export_styles([find_style("starry")], tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_picture_becomes_a_style_file_that_needs_it_no_more(tmp_path: Path, home: Path) -> None:
    picture = tmp_path / "Wheat_Field.png"
    assert cv2.imwrite(str(picture), texture(120, 160))
    frame = texture(96, 128)
    with Stylizer(find_style(str(picture)), "cpu") as stylizer:
        expected = stylizer.stylize(frame)
    (added,) = add_styles(picture)
    picture.unlink()
    assert sorted(path.name for path in home.iterdir()) == ["wheat-field.int8.onnx", "wheat-field.onnx"]
    style = find_style("wheat-field")
    assert (style.title, style.artist, style.licence) == ("Wheat Field", "", "")
    assert style.painting is None
    with Stylizer(style, "cpu") as stylizer:
        np.testing.assert_array_equal(stylizer.stylize(frame), expected)
    assert style.int8_path is not None
    metadata = {entry.key: entry.value for entry in onnx.load(style.int8_path).metadata_props}
    assert "nst.training" not in metadata
    assert remove_style(style) == [added.path, added.int8_path]


def test_a_picture_is_neither_packed_nor_removed(tmp_path: Path, home: Path) -> None:
    picture = tmp_path / "wheat.png"
    assert cv2.imwrite(str(picture), texture(40, 40))
    style = find_style(str(picture))
    with pytest.raises(StyleError, match=r"wheat\.png is a picture; make a style file of it first"):
        export_styles([style], tmp_path / "out.zip")
    with pytest.raises(StyleError, match=r"wheat\.png is a picture, not one of your styles"):
        remove_style(style)
    assert style.path.is_file()
    assert not home.exists()
    assert not (tmp_path / "out.zip").exists()
