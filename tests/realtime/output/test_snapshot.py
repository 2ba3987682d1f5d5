import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.realtime.errors import SinkError
from nstcam.realtime.output.snapshot import save_snapshot
from tests.support.fakes.live import frame_of


def test_snapshots_never_replace_each_other(tmp_path: Path) -> None:
    paths = [save_snapshot(frame_of(i), "starry", tmp_path) for i in range(3)]
    assert len(set(paths)) == 3
    assert [int(np.asarray(cv2.imread(str(p)))[0, 0, 0]) for p in paths] == [0, 1, 2]
    assert sorted(tmp_path.iterdir()) == sorted(paths), "no part file left"
    assert all(p.name.startswith("nstcam-2") and "-starry" in p.name for p in paths)


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
