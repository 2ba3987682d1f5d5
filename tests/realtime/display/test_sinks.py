import socket
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from nstcam.realtime.display.sinks import Window, check_display, save_snapshot
from nstcam.realtime.display.xserver import answers
from nstcam.realtime.errors import SinkError
from tests.support.fakes import frame_of


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


def test_a_folder_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"no snapshot saved in .*missing"):
        save_snapshot(frame_of(0), "x", tmp_path / "missing")


@pytest.mark.skipif(not cv2.currentUIFramework(), reason="this OpenCV has no windows")
def test_no_display_is_found_out_before_opencv_ends_the_process() -> None:
    with pytest.raises(SinkError, match=r"no display.*--no-window"):
        check_display("linux", {})
    with pytest.raises(SinkError, match=r"DISPLAY is :4711 and nothing answers there.*--no-window"):
        check_display("linux", {"DISPLAY": ":4711"})
    check_display("darwin", {})
    check_display("win32", {})


@pytest.mark.skipif(sys.platform != "linux", reason="names of sockets without a file are a matter of Linux")
@pytest.mark.parametrize("form", [":{}", ":{}.0", "unix::{}"])
def test_an_x_server_answers_at_its_socket(form: str) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0/tmp/.X11-unix/X4712")
        server.listen()
        assert answers(form.format(4712))
    assert not answers(":4712")


def test_an_x_server_answers_at_its_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        display = server.getsockname()[1] - 6000
        assert answers(f"127.0.0.1:{display}.0")
    assert not answers(f"127.0.0.1:{display}.0")
    assert answers("whatever this is")


def test_only_a_window_that_was_visible_can_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """GTK says -1 all the time; others say 1, and 0 once the user closed the window."""
    visible = [-1.0, -1.0, 1.0, 1.0, 0.0]
    monkeypatch.setattr("nstcam.realtime.display.sinks.check_display", lambda *_: None)
    for name, result in (("namedWindow", None), ("setMouseCallback", None), ("waitKeyEx", -1)):
        monkeypatch.setattr(cv2, name, lambda *_, result=result: result)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: visible.pop(0))
    window = Window()
    states = []
    for _ in range(5):
        window.poll()
        states.append(window.closed)
    assert states == [False, False, False, False, True]


def test_the_window_follows_the_shape_of_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.realtime.display.sinks.check_display", lambda *_: None)
    for name in ("namedWindow", "setMouseCallback", "imshow"):
        monkeypatch.setattr(cv2, name, lambda *_: None)
    full = [cv2.WINDOW_NORMAL]
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: full[0])
    sizes: list[tuple[int, int]] = []
    monkeypatch.setattr(cv2, "getWindowImageRect", lambda _: (0, 0, 64, 48))
    monkeypatch.setattr(cv2, "resizeWindow", lambda _, width, height: sizes.append((width, height)))
    window = Window()
    for height, width in ((48, 64), (48, 64), (96, 128), (90, 160)):
        window.show(frame_of(1, height, width))
    assert sizes == [(64, 48), (160, 90)], "what a person made of the window stays while the shape does"
    full[0] = cv2.WINDOW_FULLSCREEN
    window.show(frame_of(1, 50, 60))
    assert len(sizes) == 2
    full[0] = cv2.WINDOW_NORMAL
    window.show(frame_of(1, 50, 60))
    assert sizes[2:] == [(60, 50)]
