"""Tests how frames get to a GPU and back, with a stand-in for CUDA."""

import gc

import numpy as np
import pytest

from nstcam.realtime.engine import cuda_lane, ways
from nstcam.realtime.engine.cuda_lane import CudaLane
from nstcam.realtime.engine.cuda_memory import CudaMemory
from nstcam.realtime.engine.sessions import SessionRefused
from nstcam.realtime.engine.ways import Way
from nstcam.realtime.errors import DeviceError
from nstcam.realtime.frame import Frame
from nstcam.realtime.stylizing import UNMOVED, Offset
from tests.support.fakes.cuda import FakeBinding, FakeDriver, FakeSession, FakeSessions, FakeTensor


def noise(seed: int = 0, height: int = 40, width: int = 56) -> Frame:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> FakeDriver:
    monkeypatch.setattr(cuda_lane, "device_tensor", FakeTensor)
    return FakeDriver()


class TestCudaLane:
    def open(self, driver: FakeDriver, sessions: FakeSessions) -> CudaLane:
        return CudaLane(sessions, lambda: CudaMemory(driver))

    def test_a_prepared_size_replays_a_graph_between_copies_of_locked_memory(self, driver: FakeDriver) -> None:
        sessions = FakeSessions()
        lane = self.open(driver, sessions)
        lane.prepare(40, 56)
        assert sessions.opened == [(None, False), ((40, 56), True)]
        driver.calls.clear()
        painted = lane.stylize(noise(1))
        assert np.array_equal(painted, 255 - noise(1))
        assert driver.calls == ["cuMemcpyHtoD_v2", "cuMemcpyDtoH_v2"]
        assert sessions.sessions[0].runs == 1, "the session of any size served the comparison only"

        assert lane.taken(40, 56).way is Way.GRAPH
        assert lane.slower is None

    def test_frames_in_the_hands_of_others_are_not_painted_over(self, driver: FakeDriver) -> None:
        lane = self.open(driver, FakeSessions())
        lane.prepare(40, 56)
        kept = [lane.stylize(noise(seed)) for seed in range(6)]
        for seed, painted in enumerate(kept):
            assert np.array_equal(painted, 255 - noise(seed))

    def test_a_steady_loop_locks_no_more_memory_and_gives_all_back_at_the_end(self, driver: FakeDriver) -> None:
        lane = self.open(driver, FakeSessions())
        lane.prepare(40, 56)
        painted = lane.stylize(noise())
        before = driver.locked_blocks
        for seed in range(5):
            painted = lane.stylize(noise(seed))
        assert driver.locked_blocks == before
        lane.close()
        del lane, painted
        gc.collect()
        assert driver.locked_blocks == 0

    @pytest.mark.parametrize("sessions", [FakeSessions(refuse_graph=True), FakeSessions(frozen_graph=True)])
    def test_where_graphs_fail_it_goes_without_and_does_not_try_again(
        self, driver: FakeDriver, sessions: FakeSessions
    ) -> None:
        lane = self.open(driver, sessions)
        lane.prepare(40, 56)
        lane.prepare(64, 64)
        assert sessions.opened == [(None, False), ((40, 56), True), ((40, 56), False), ((64, 64), False)]
        for frame in (noise(1), noise(2), noise(3, 64, 64)):
            assert np.array_equal(lane.stylize(frame), 255 - frame)
        assert lane.taken(40, 56).way is Way.FIXED
        assert str(lane.slower).startswith("a CUDA graph does not work here (")

    @pytest.mark.parametrize("canvas", [False, True])
    def test_where_an_operator_runs_on_the_cpu_a_session_of_the_size_is_bound_anew_for_each_frame(
        self, driver: FakeDriver, canvas: bool
    ) -> None:
        sessions = FakeSessions(on_cpu=["Pad", "Round", "Pad"], canvas=canvas)
        lane = self.open(driver, sessions)
        lane.prepare(40, 56)
        lane.prepare(64, 64)
        assert sessions.opened == [(None, False), ((40, 56), True), ((40, 56), False), ((64, 64), False)]
        before = sessions.sessions[0].runs
        for seed, offset in enumerate([Offset(3, 5), UNMOVED, Offset(-7, 2)]):
            for side in (40, 56), (64, 64):
                moved = np.roll(255 - noise(seed, *side), offset if canvas else (0, 0), (0, 1))
                assert np.array_equal(lane.stylize(noise(seed, *side), offset), moved)
        assert sessions.sessions[0].runs == before, "the session of any size is the slowest way"
        assert str(lane.taken(40, 56)) == (
            "fixed size, frames bound one by one, 3 of 4 operators on the CPU (2 Pad, Round)"
        )
        assert str(lane.slower) == (
            "2 Pad, Round run on the CPU, so no CUDA graph is used; export it again with nst-export"
        )

    def test_an_onnxruntime_that_does_not_tell_where_operators_run_is_found_out_by_the_picture(
        self, driver: FakeDriver
    ) -> None:
        sessions = FakeSessions(on_cpu=["Pad"], tells=False)
        lane = self.open(driver, sessions)
        lane.prepare(40, 56)
        assert sessions.opened == [(None, False), ((40, 56), True), ((40, 56), False)]
        assert lane.taken(40, 56).way is Way.REBOUND
        for seed in range(3):
            assert np.array_equal(lane.stylize(noise(seed)), 255 - noise(seed))

    def test_graphs_that_the_user_forbids_are_no_fault_of_the_driver(self, driver: FakeDriver) -> None:
        sessions = FakeSessions()

        def without_graphs(size_hw: tuple[int, int] | None = None, *, graph: bool = False) -> FakeSession:
            if graph:
                raise SessionRefused("NSTCAM_CUDA_OPTIONS has enable_cuda_graph=0")
            return sessions(size_hw)

        lane = CudaLane(without_graphs, lambda: CudaMemory(driver))
        lane.prepare(40, 56)
        assert lane.taken(40, 56).way is Way.FIXED
        assert str(lane.slower) == (
            "a CUDA graph does not work here (NSTCAM_CUDA_OPTIONS has enable_cuda_graph=0); leave that out"
        )

    def test_where_no_session_of_a_fixed_size_works_the_one_of_any_size_paints(self, driver: FakeDriver) -> None:
        sessions = FakeSessions()

        def refuse_fixed(size_hw: tuple[int, int] | None = None, *, graph: bool = False) -> FakeSession:
            if size_hw:
                raise SessionRefused("out of memory")
            return sessions()

        lane = CudaLane(refuse_fixed, lambda: CudaMemory(driver))
        lane.prepare(40, 56)
        assert np.array_equal(lane.stylize(noise(1)), 255 - noise(1))
        assert str(lane.taken(40, 56)) == "any size"
        assert str(lane.slower).startswith("a session of a fixed size does not work here (out of memory); ")

    def test_a_replayed_graph_reads_the_offset_of_each_frame(self, driver: FakeDriver) -> None:
        sessions = FakeSessions(canvas=True)
        lane = self.open(driver, sessions)
        lane.prepare(40, 56)
        driver.calls.clear()
        for seed, offset in enumerate([Offset(3, 5), Offset(-130, 0), UNMOVED]):
            assert np.array_equal(lane.stylize(noise(seed), offset), np.roll(255 - noise(seed), offset, (0, 1)))
        assert driver.calls == 3 * ["cuMemcpyHtoD_v2", "cuMemcpyHtoD_v2", "cuMemcpyDtoH_v2"]
        assert sessions.sessions[0].runs == 1, "the session of any size served the comparison only"
        assert np.array_equal(
            lane.stylize(noise(0, 64, 64), Offset(1, 2)), np.roll(255 - noise(0, 64, 64), (1, 2), (0, 1))
        )

    def test_a_graph_that_keeps_the_first_offset_is_not_used(self, driver: FakeDriver) -> None:
        sessions = FakeSessions(canvas=True, frozen_canvas=True)
        lane = self.open(driver, sessions)
        lane.prepare(40, 56)
        assert sessions.opened == [(None, False), ((40, 56), True), ((40, 56), False)]
        assert np.array_equal(lane.stylize(noise(), Offset(3, 5)), np.roll(255 - noise(), (3, 5), (0, 1)))

    def test_a_size_that_was_not_prepared_works_as_well(self, driver: FakeDriver) -> None:
        sessions = FakeSessions()
        lane = self.open(driver, sessions)
        assert np.array_equal(lane.stylize(noise()), 255 - noise())
        assert sessions.opened == [(None, False)]

    def test_sessions_of_old_sizes_are_given_up(self, driver: FakeDriver) -> None:
        sessions = FakeSessions()
        lane = self.open(driver, sessions)
        for side in range(32, 32 + ways.SIZES + 1):
            lane.prepare(side, side)
        runs = sessions.sessions[1].runs
        assert np.array_equal(lane.stylize(noise(0, 32, 32)), 255 - noise(0, 32, 32))
        assert sessions.sessions[1].runs == runs

    def test_a_gpu_that_cannot_be_reached_is_an_error_of_the_device(self) -> None:
        with pytest.raises(DeviceError, match=r"CUDA failed in cuDevicePrimaryCtxRetain \(error 2\).*--device cpu"):
            self.open(FakeDriver(fails="cuDevicePrimaryCtxRetain"), FakeSessions())


def test_the_stand_in_copies_what_the_cpu_reads_once_as_onnx_runtime_does() -> None:
    """Else a lane that stays bound to the device would seem right here, and paint a frozen picture on a GPU."""
    for read_on_cpu in (True, False):
        binding, tensor = FakeBinding(read_on_cpu=read_on_cpu), FakeTensor(1, 40, 56, 3)
        binding.bind_ortvalue_input("frame", tensor)
        tensor.values[:] = 9
        assert binding.inputs["frame"].max() == (0 if read_on_cpu else 9)
