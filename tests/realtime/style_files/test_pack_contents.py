"""Tests that broken or hostile packs are refused and leave nothing behind."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from nstcam.realtime.errors import StyleError
from nstcam.realtime.style_files import pack_contents
from nstcam.realtime.style_files.library import find_style
from nstcam.realtime.style_files.packs import add_styles, export_styles
from nstcam.realtime.style_files.style import read_style
from tests.support.models.tiny import write_copy_style


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's styles are; it does not exist yet."""
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    return tmp_path / "styles"


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def good(tmp_path: Path) -> bytes:
    return write_copy_style(tmp_path / "good.onnx", "good").read_bytes()


@pytest.mark.parametrize(
    "name", ["../evil.onnx", "/etc/evil.onnx", "a/../../evil.onnx", "..\\evil.onnx", "../notes.txt"]
)
def test_paths_that_lead_out_of_a_pack_refuse_it(tmp_path: Path, home: Path, good: bytes, name: str) -> None:
    pack = zipped(tmp_path / "pack.zip", {"good.onnx": good, name: good})
    with pytest.raises(StyleError, match="holds a link or a path that leads out of it"):
        add_styles(pack)
    assert not home.exists()


def test_links_in_a_pack_refuse_it(tmp_path: Path, home: Path, good: bytes) -> None:
    pack = tmp_path / "pack.zip"
    with zipfile.ZipFile(pack, "w") as archive:
        archive.writestr("good.onnx", good)
        link = zipfile.ZipInfo("b.onnx")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(StyleError, match="holds a link"):
        add_styles(pack)
    assert not home.exists()


def test_bombs_are_refused_by_what_they_state_and_by_what_they_hold(
    tmp_path: Path, home: Path, good: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = zipped(tmp_path / "pack.zip", {"good.onnx": good, "bomb.onnx": bytes(3_000_000)})
    assert pack.stat().st_size < 10_000
    monkeypatch.setattr(pack_contents, "_MOST_BYTES", 1_000_000)
    with pytest.raises(StyleError, match=r"bomb\.onnx in .* has 3,000,000 bytes; at most 1,000,000 are allowed"):
        add_styles(pack)
    lying = bytearray(pack.read_bytes())
    size, small = (3_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    pack.write_bytes(lying.replace(size, small))
    with pytest.raises(StyleError):
        add_styles(pack)
    monkeypatch.setattr(pack_contents, "_MOST_STYLES", 1)
    with pytest.raises(StyleError, match="is too large for a pack: at most 1 files"):
        add_styles(zipped(pack, {"good.onnx": good, "b.onnx": good}))
    assert not home.exists()


def test_broken_packs_are_refused(tmp_path: Path, home: Path, good: bytes) -> None:
    pack = tmp_path / "pack.zip"
    export_styles([find_style("starry")], pack)
    whole = pack.read_bytes()
    for count in (10, len(whole) // 2, len(whole) - 5):
        pack.write_bytes(whole[:count])
        with pytest.raises(StyleError, match="is not a pack, or is damaged"):
            add_styles(pack)
    odd = bytearray(whole)
    odd[2000:2100] = bytes(100)
    pack.write_bytes(odd)
    with pytest.raises(StyleError, match=r"is not a pack, or is damaged|does not match its manifest"):
        add_styles(pack)
    for files, why in (
        ({"a.txt": b"none"}, r"holds no style \(\.onnx\)"),
        ({"a.onnx": b"no model"}, "is not an ONNX model or is damaged"),
        ({"good.onnx": good, "b.onnx": good}, "holds two styles called good"),
        ({"good.onnx": good, "x/good.onnx": good}, r"holds good\.onnx twice"),
        ({"good.onnx": good, "manifest.json": b"{"}, "the manifest of .* is damaged"),
        ({"good.onnx": good, "manifest.json": b'{"nstcam": 9, "styles": []}'}, "is a pack of version 9"),
        ({"good.onnx": good, "manifest.json": b'{"nstcam": 1, "styles": []}'}, "does not match its manifest"),
        (
            {"manifest.json": b'{"nstcam": 1, "styles": [{"file": "a.onnx", "bytes": 1, "sha256": ""}]}'},
            r"a\.onnx is missing",
        ),
    ):
        with pytest.raises(StyleError, match=why):
            add_styles(zipped(pack, files))
    with pytest.raises(StyleError, match="not found; check the path"):
        add_styles(tmp_path / "nowhere.zip")
    with pytest.raises(StyleError, match="not found; check the path"):
        add_styles(tmp_path / "nowhere.onnx")
    assert not home.exists()


def test_a_pack_that_was_changed_is_noticed(tmp_path: Path, home: Path, good: bytes) -> None:
    write_copy_style(tmp_path / "other.onnx", "evil")
    pack = tmp_path / "pack.zip"
    export_styles([read_style(tmp_path / "good.onnx")], pack)
    with zipfile.ZipFile(pack) as archive:
        manifest = archive.read("manifest.json")
    changed = good.replace(b"good", b"evil")
    assert len(changed) == len(good)
    with pytest.raises(StyleError, match=r"good\.onnx in .* does not match its manifest"):
        add_styles(zipped(pack, {"good.onnx": changed, "manifest.json": manifest}))
    assert not home.exists()


@pytest.mark.parametrize("name", ["..", "a/b", ".hidden", "a\\b", "-x", "CON:", "trailing."])
def test_names_that_are_none_of_files_are_refused(tmp_path: Path, home: Path, name: str) -> None:
    with pytest.raises(StyleError, match="which cannot be the name of a file"):
        add_styles(write_copy_style(tmp_path / "a.onnx", name))
    assert not home.exists()


def test_names_in_other_scripts_are_taken(tmp_path: Path, home: Path) -> None:
    name = "ภาพวาดสีน้ำ"
    add_styles(write_copy_style(tmp_path / "a.onnx", name))
    assert find_style(name).path == home / f"{name}.onnx"
