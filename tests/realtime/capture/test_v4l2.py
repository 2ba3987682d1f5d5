import struct
from pathlib import Path
from typing import IO, ClassVar

import pytest

from nstcam.realtime.capture import v4l2
from nstcam.realtime.capture.mode_trials import listing
from nstcam.realtime.capture.modes import fourcc_code
from nstcam.realtime.capture.v4l2 import (
    DriverMode,
    Loopback,
    device_caps,
    find_loopback,
    list_modes,
    modes_of,
    name_of,
    takes_frames,
)

MJPG, YUYV, Y16 = fourcc_code("MJPG"), fourcc_code("YUYV"), fourcc_code("Y16 ")
DISCRETE, STEPWISE = 1, 3


class FakeDriver:
    """Answers the ioctls that list modes as the kernel does, field by field of its structs."""

    formats = (MJPG, YUYV, Y16)
    sizes: ClassVar = {MJPG: [(640, 480), (1280, 720)], YUYV: [(640, 480)]}
    intervals: ClassVar = {(MJPG, 640): [(1, 30), (1, 60)], (MJPG, 1280): [(1001, 30000)], (YUYV, 640): [(1, 15)]}

    def __call__(self, request: int, answer: bytearray) -> bool:
        assert request >> 30 == 3, "the kernel writes into what it is given"
        assert request >> 16 & 0x3FFF == len(answer), "the request tells the size of its struct"
        index = struct.unpack_from("=I", answer)[0]
        match request & 0xFF:
            case 2:
                if index >= len(self.formats) or struct.unpack_from("=I", answer, 4)[0] != 1:
                    return False
                answer[44:48] = self.formats[index].to_bytes(4, "little")
            case 74:
                fourcc = struct.unpack_from("=I", answer, 4)[0]
                if fourcc == Y16 and index == 0:
                    struct.pack_into("=7I", answer, 8, STEPWISE, 64, 1920, 8, 48, 1080, 8)
                    return True
                if index >= len(self.sizes.get(fourcc, [])):
                    return False
                struct.pack_into("=3I", answer, 8, DISCRETE, *self.sizes[fourcc][index])
            case 75:
                fourcc, width = struct.unpack_from("=II", answer, 4)
                if fourcc == Y16 and index == 0:
                    struct.pack_into("=7I", answer, 16, STEPWISE, 1, 50, 1, 5, 1, 50)
                    return True
                rates = self.intervals.get((fourcc, width), [])
                if index >= len(rates):
                    return False
                struct.pack_into("=3I", answer, 16, DISCRETE, *rates[index])
            case _:
                return False
        return True


LISTED = [
    DriverMode("MJPG", (1280, 720), (29.97,)),
    DriverMode("MJPG", (640, 480), (60.0, 30.0)),
    DriverMode("YUYV", (640, 480), (15.0,)),
    DriverMode("Y16", (1920, 1080), (50.0, 5.0)),
    DriverMode("Y16", (64, 48), (50.0, 5.0)),
]


def test_the_driver_lists_its_modes() -> None:
    assert modes_of(FakeDriver()) == LISTED
    assert listing(LISTED) == [
        "MJPG  1280x720 at 29.97, 640x480 at 60 30",
        "YUYV  640x480 at 15",
        "Y16  1920x1080 at 50 5, 64x48 at 50 5",
    ]


def test_a_node_that_is_not_there_has_no_modes() -> None:
    assert list_modes(987) == []
    assert device_caps(987) is None


@pytest.mark.parametrize(
    ("driver", "capabilities", "takes"),
    [("v4l2 loopback", 0x8520_0002, True), ("v4l2 loopback", 0x8520_0201, False), ("uvcvideo", 0x8520_0002, False)],
)
def test_frames_go_to_outputs_of_the_loopback_driver_only(driver: str, capabilities: int, takes: bool) -> None:
    def answers(request: int, answer: bytearray) -> bool:
        """As struct v4l2_capability."""
        assert len(answer) == 104
        struct.pack_into("=16s32s32sIII", answer, 0, driver.encode(), b"nstcam", b"platform", 6, capabilities, 1)
        return True

    assert takes_frames(answers) is takes
    assert not takes_frames(lambda *_: False)


@pytest.fixture
def nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of /dev, whose files are loopback devices if their names say so, and cameras."""
    fcntl = pytest.importorskip("fcntl")

    def ioctl(device: IO[bytes], request: int, answer: bytearray) -> None:
        name = Path(device.name).name
        if request & 0xFF == 0:
            driver = b"v4l2 loopback" if name.endswith("l") else b"uvcvideo"
            struct.pack_into("=16s32s32sIII", answer, 0, driver, b"card", b"bus", 6, 0x8520_0003, len(name))
        elif request & 0xFF == 2 and struct.unpack_from("=II", answer) in ((0, 2), (1, 2)):
            answer[44:48] = (YUYV, Y16)[answer[0]].to_bytes(4, "little")
        elif not FakeDriver()(request, answer):
            raise OSError

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    monkeypatch.setattr(v4l2, "_node", lambda index: tmp_path / f"video{index}")
    for name in ("video0", "video7l", "video10", "video10l"):
        (tmp_path / name).touch()
    return tmp_path


def test_a_node_is_asked_what_it_is_and_has(nodes: Path) -> None:
    assert list_modes(0) == LISTED
    assert (device_caps(0), device_caps(10), device_caps(1)) == (6, 7, None)


def test_the_first_loopback_device_by_number_is_found_or_the_one_that_is_named(
    nodes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    glob = Path.glob
    monkeypatch.setattr(Path, "glob", lambda path, what: glob(nodes if path == Path("/dev") else path, what))
    for device, found in ((None, "video7l"), ("video10l", "video10l"), ("video0", None), ("video9l", None)):
        told = find_loopback(None if device is None else str(nodes / device))
        assert told == (None if found is None else Loopback(str(nodes / found), ("YUYV", "Y16")))


def test_intervals_without_a_length_and_driver_names_that_go_on_do_not_count() -> None:
    class Odd(FakeDriver):
        formats = (YUYV,) * 3
        intervals: ClassVar = {(YUYV, 640): [(0, 30), (1, 30), (1, 30), (3, 100)]}

    assert modes_of(Odd()) == [DriverMode("YUYV", (640, 480), (33.33, 30.0))] * 3
    assert name_of(0x000000FF) == "\ufffd\0\0\0"
