import threading
import time
from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from nstcam.realtime.engine.host_lane import HostLane
from nstcam.realtime.engine.sessions import Placement
from nstcam.realtime.engine.shared_lock import SharedLock
from nstcam.realtime.engine.ways import Taken, Way, keep_newest
from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import UNMOVED, Offset
from tests.support.fakes.cuda import FakeBinding, FakeSession, FakeSessions


def noise(seed: int = 0, height: int = 40, width: int = 56) -> Frame:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


class TestHostLane:
    def test_a_size_that_was_prepared_has_a_session_of_its_own(self) -> None:
        any_size, fixed = FakeSession(), FakeSessions()
        lane = HostLane(any_size, fixed)
        lane.prepare(40, 56)
        assert fixed.opened == [((40, 56), False)]
        assert np.array_equal(lane.stylize(noise()), 255 - noise())
        assert np.array_equal(lane.stylize(noise(1, 64, 64)), 255 - noise(1, 64, 64))
        assert (fixed.sessions[0].runs, any_size.runs) == (2, 1)
        assert (lane.taken(40, 56).way, lane.taken(64, 64).way) == (Way.FIXED, Way.ANY_SIZE)

    def test_a_device_without_sessions_of_any_size_gets_one_for_each(self) -> None:
        fixed = FakeSessions()
        lane = HostLane(None, fixed)
        for side in (32, 64, 32):
            assert np.array_equal(lane.stylize(noise(0, side, side)), 255 - noise(0, side, side))
        assert fixed.opened == [((32, 32), False), ((64, 64), False)]

    def test_a_session_of_any_size_is_warmed_by_a_small_frame(self) -> None:
        """A large one would take the cores from the picture that is being shown."""
        sizes: list[tuple[int, ...]] = []

        class Watched(FakeSession):
            def run_with_iobinding(self, binding: FakeBinding, options: Any = None) -> None:
                sizes.append(binding.inputs["frame"].shape[1:3])
                super().run_with_iobinding(binding, options)

        HostLane(Watched()).prepare(1080, 1920)
        assert sizes == [(32, 32)]

    def test_frames_that_are_views_are_taken(self) -> None:
        mirrored = noise()[:, ::-1]
        assert np.array_equal(HostLane(FakeSession()).stylize(mirrored), 255 - mirrored)

    @pytest.mark.parametrize("lane", [HostLane(FakeSession(canvas=True)), HostLane(None, FakeSessions(canvas=True))])
    def test_the_offset_reaches_a_canvas(self, lane: HostLane) -> None:
        for offset in (Offset(8, -4), UNMOVED):
            assert np.array_equal(lane.stylize(noise(), offset), np.roll(255 - noise(), offset, (0, 1)))

    @pytest.mark.parametrize(
        ("canvas", "fixed", "offset", "size", "moved"),
        [
            (True, None, Offset(2, -3), (44, 60), (4, 0)),
            (True, None, Offset(4, -8), (40, 56), (4, -8)),
            (True, FakeSessions(canvas=True), Offset(2, -3), (40, 56), (2, -3)),
            (False, None, Offset(2, -3), (40, 56), None),
        ],
    )
    def test_the_grid_moves_only_where_no_session_has_a_fixed_size(
        self, canvas: bool, fixed: FakeSessions | None, offset: Offset, size: tuple[int, int], moved: object
    ) -> None:
        seen: list[object] = []

        class Watched(FakeSession):
            def run_with_iobinding(self, binding: FakeBinding, options: Any = None) -> None:
                at = binding.inputs.get("canvas_offset")
                seen.extend((binding.inputs["frame"].shape[1:3], None if at is None else tuple(at.tolist())))
                super().run_with_iobinding(binding, options)

        HostLane(Watched(canvas=canvas), fixed).stylize(noise(), offset)
        assert seen == [size, moved]

    def test_a_style_without_a_canvas_is_not_asked_to_move_it(self) -> None:
        assert np.array_equal(HostLane(FakeSession()).stylize(noise(), Offset(2, -3)), 255 - noise())


@pytest.mark.parametrize(
    ("way", "on_cpu", "text"),
    [
        (Way.ANY_SIZE, 2, "any size"),
        (Way.ANY_SIZE, 0, "any size"),
        (Way.FIXED, 0, "fixed size"),
        (Way.FIXED, 2, "fixed size, 2 of 5 operators on the CPU (2 Pad)"),
    ],
)
def test_operators_on_the_cpu_are_told_where_they_are_no_shapes(way: Way, on_cpu: int, text: str) -> None:
    assert str(Taken(way, Placement(5, Counter({"Pad": on_cpu} if on_cpu else {})))) == text


def test_the_newest_eight_sizes_are_kept() -> None:
    kept: OrderedDict[tuple[int, int], Any] = OrderedDict()
    for number in range(10):
        keep_newest(kept, (number, number), number)
        assert list(kept.values()) == list(range(max(number - 7, 0), number + 1))


def test_who_holds_the_lock_alone_is_alone() -> None:
    shared_lock, inside, most = SharedLock(), 0, []
    lock = threading.Lock()

    def visit(alone: bool) -> None:
        nonlocal inside
        with shared_lock.alone() if alone else shared_lock.shared():
            with lock:
                inside += 1
                most.append((alone, inside))
            time.sleep(0.002)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visit, [number % 5 == 0 for number in range(40)]))
    assert max(count for alone, count in most if alone) == 1
    assert max(count for _, count in most) > 1
