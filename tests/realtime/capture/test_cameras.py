from pathlib import Path

import pytest

from nstcam.realtime.capture.cameras import CameraInfo, find_camera, list_linux
from nstcam.realtime.errors import SourceError

CAMERAS = [CameraInfo(0, "HD Webcam"), CameraInfo(2, "Logitech BRIO"), CameraInfo(4, "Logitech C920")]


def test_linux_lists_names_and_leaves_metadata_nodes_out(tmp_path: Path) -> None:
    for number, name in ((10, "OBS"), (0, "HD Webcam"), (1, "HD Webcam"), (2, "shut")):
        (tmp_path / f"video{number}").mkdir()
        (tmp_path / f"video{number}" / "name").write_text(name + "\n")
    caps = {0: 0x04200001, 1: 0x04A00000, 2: None, 10: 0x1000}
    assert list_linux(tmp_path, caps.__getitem__) == [
        CameraInfo(0, "HD Webcam"), CameraInfo(2, "shut"), CameraInfo(10, "OBS"),
    ]  # fmt: skip


def test_a_part_of_the_name_will_do() -> None:
    assert find_camera("brio", CAMERAS) == CAMERAS[1]
    assert find_camera("hd webcam", CAMERAS) == CAMERAS[0]
    assert find_camera("nikon", CAMERAS) is None
    with pytest.raises(SourceError, match='2 "Logitech BRIO", 4 "Logitech C920"'):
        find_camera("logitech", CAMERAS)
