import errno
import struct
import sys
import zlib
from pathlib import Path
from typing import NoReturn

import cv2
import numpy as np
import pytest

from nstcam.realtime.errors import SinkError
from nstcam.realtime.output.snapshot import save_snapshot, with_text
from tests.support.fakes.live import frame_of


def test_snapshots_never_replace_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda _: "20261128-120000")
    paths = [save_snapshot(frame_of(i), "starry", tmp_path) for i in range(3)]
    assert [int(np.asarray(cv2.imread(str(p)))[0, 0, 0]) for p in paths] == [0, 1, 2]
    assert sorted(tmp_path.iterdir()) == sorted(paths), "no part file left"
    assert [p.name for p in paths] == [f"nstcam-20261128-120000-starry{n}.png" for n in ("", "-2", "-3")]


def test_the_style_stands_in_the_picture(tmp_path: Path) -> None:
    data = save_snapshot(frame_of(7), "starry", tmp_path, "Звёздная ночь").read_bytes()
    at = data.index(b"iTXtTitle\0")
    assert "Звёздная ночь".encode() in data[at : at + 60]
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(np.asarray(decoded), frame_of(7))


def test_a_style_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    assert save_snapshot(frame_of(0), "../../x y", tmp_path).parent == tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_in_place_of_the_part_file_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda _: "20261128-120000")
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / ".nstcam-20261128-120000-starry.png.part").symlink_to(precious)
    path = save_snapshot(frame_of(0), "starry", tmp_path)
    assert not path.is_symlink()
    assert precious.read_text() == "kept"
    assert {found.name for found in tmp_path.iterdir()} == {"precious", path.name}


def test_a_folder_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"no snapshot saved in .*missing"):
        save_snapshot(frame_of(0), "x", tmp_path / "missing")


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and contents of all chunks, whose lengths and sums must be right, behind the signature."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = [], 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert struct.unpack(">I", png[at + 8 + size : at + 12 + size]) == (zlib.crc32(kind + body),)
        found.append((kind, body))
        at += 12 + size
    return found


def test_texts_are_whole_chunks_before_the_picture_data() -> None:
    png = cv2.imencode(".png", frame_of(7))[1].tobytes()
    before, after = chunks(png), chunks(with_text(png, {"Software": "nstcam", "Title": "Ä"}))
    texts = [(b"iTXt", b"Software\0\0\0\0\0nstcam"), (b"iTXt", b"Title\0\0\0\0\0\xc3\x84")]
    assert before[0][0] == b"IHDR"
    assert after == [before[0], *texts, *before[1:]]


@pytest.mark.parametrize(
    ("style", "name", "title", "said"),
    [
        ("starry", "starry", "", "starry"),
        ("starry", "starry", "Night", "Night"),
        ("../../x y", "x-y", "", "../../x y"),
        ("...", "style", "", "..."),
    ],
)
def test_names_count_up_and_the_title_is_that_of_the_style_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, style: str, name: str, title: str, said: str
) -> None:
    monkeypatch.setattr("time.strftime", lambda _: "20261128-120000")
    names = [save_snapshot(frame_of(0), style, tmp_path, title).name for _ in range(3)]
    assert names == [f"nstcam-20261128-120000-{name}{end}.png" for end in ("", "-2", "-3")]
    for path in tmp_path.iterdir():
        texts = [body for kind, body in chunks(path.read_bytes()) if kind == b"iTXt"]
        assert texts == [b"Software\0\0\0\0\0nstcam", b"Title\0\0\0\0\0" + said.encode()]


@pytest.mark.parametrize("part_made", [False, True])
def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part_made: bool) -> None:
    def full(part: Path) -> NoReturn:
        if part_made:
            part.touch()
        else:  # and somebody has cleaned up meanwhile
            for path in tmp_path.iterdir():
                path.unlink()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("nstcam.realtime.output.snapshot.create_anew", full)
    with pytest.raises(SinkError) as caught:
        save_snapshot(frame_of(0), "x", tmp_path)
    assert str(caught.value) == (
        f"no snapshot saved in {tmp_path} (No space left on device); start nstcam in another folder"
    )
    assert list(tmp_path.iterdir()) == []
