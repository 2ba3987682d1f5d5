"""Tests how far a session of a fixed size may be from the one of any size, and what is asked of the GPU for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nstcam.realtime.engine import cuda_lane
from nstcam.realtime.engine.cuda_lane import CudaLane, device_tensor
from nstcam.realtime.engine.cuda_memory import CudaMemory
from nstcam.realtime.engine.ways import Way
from tests.support.fakes.cuda import FakeBinding, FakeDriver, FakeSession, FakeTensor


class Apart(FakeSession):
    """Paints 128 - `levels` everywhere, whatever it is given."""

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.levels = levels

    def run_with_iobinding(self, binding: FakeBinding, options: Any = None) -> None:
        binding.target[:] = 128 - self.levels


@pytest.mark.parametrize("levels", [-5, -4, -1, 0, 1, 4, 5])
def test_four_levels_are_rounding_and_five_another_picture(monkeypatch: pytest.MonkeyPatch, levels: int) -> None:
    monkeypatch.setattr(cuda_lane, "device_tensor", FakeTensor)
    opened: list[tuple[tuple[int, int] | None, bool]] = []

    def open_session(size_hw: tuple[int, int] | None = None, *, graph: bool = False) -> FakeSession:
        opened.append((size_hw, graph))
        return Apart(levels if size_hw else 0)

    lane = CudaLane(open_session, lambda: CudaMemory(FakeDriver()))
    lane.prepare(40, 56)
    lane.prepare(40, 56)
    agrees = abs(levels) <= 4
    assert opened == [(None, False), ((40, 56), True)] + ([] if agrees else [((40, 56), False)])
    assert lane.taken(40, 56).way is (Way.GRAPH if agrees else Way.ANY_SIZE)
    assert str(lane.slower or "") == (
        "" if agrees else
        "a session of a fixed size does not work here (a session of fixed size paints 5 levels differently); a newer "
        "onnxruntime-gpu or driver may help"
    )  # fmt: skip
    assert lane.stylize(np.zeros((40, 56, 3), np.uint8))[0, 0, 0] == 128 - (levels if agrees else 0)
    lane.close()


def test_tensors_and_staged_memory_are_one_frame_and_one_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[tuple[int, ...], type[np.generic]]] = []
    allocated: list[int] = []

    class Tensor(FakeTensor):
        def __init__(self, *shape: int, kind: type[np.generic] = np.uint8) -> None:
            made.append((shape, kind))
            super().__init__(*shape, kind=kind)

    class Memory(CudaMemory):
        def allocate(self, size: int) -> memoryview:
            allocated.append(size)
            return super().allocate(size)

    monkeypatch.setattr(cuda_lane, "device_tensor", Tensor)
    lane = CudaLane(lambda *_, **__: FakeSession(canvas=True), lambda: Memory(FakeDriver()))
    lane.prepare(40, 56)
    assert made == [((1, 40, 56, 3), np.uint8), ((1, 40, 56, 3), np.uint8), ((2,), np.int64)]
    assert allocated[0] == 16, "rows and columns"
    assert set(allocated[1:]) == {40 * 56 * 3}
    lane.close()


def test_tensors_lie_on_the_first_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr("onnxruntime.OrtValue.ortvalue_from_shape_and_type", lambda *words: asked.append(words))
    device_tensor(1, 2, 3, 3)
    device_tensor(2, kind=np.int64)
    assert asked == [((1, 2, 3, 3), np.uint8, "cuda", 0), ((2,), np.int64, "cuda", 0)]
