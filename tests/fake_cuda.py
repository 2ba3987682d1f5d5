"""Stand-ins for NVIDIA's driver and for CUDA sessions: device memory is host memory, sessions paint 255 - frame."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from realtime.frame import Frame


class FakeDriver:
    """The entry points of libcuda that nstcam calls; `fails` names one that gives an error."""

    def __init__(self, *, gpus: int = 1, version: int = 13020, fails: str = "") -> None:
        self.gpus, self.version, self.fails = gpus, version, fails
        self.calls: list[str] = []
        self._blocks: dict[int, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("cu"):
            raise AttributeError(name)

        def call(*arguments: Any) -> int:
            self.calls.append(name)
            if name == self.fails:
                return 2
            getattr(self, f"_{name}", lambda *_: None)(*arguments)
            return 0

        return call

    @property
    def locked_blocks(self) -> int:
        return len(self._blocks)

    def _cuDeviceGetCount(self, count: Any) -> None:  # noqa: N802
        count._obj.value = self.gpus

    def _cuDriverGetVersion(self, version: Any) -> None:  # noqa: N802
        version._obj.value = self.version

    def _cuMemHostAlloc(self, address: Any, size: ctypes.c_size_t, _flags: int) -> None:  # noqa: N802
        block = ctypes.create_string_buffer(size.value)
        address._obj.value = ctypes.addressof(block)
        self._blocks[address._obj.value] = block

    def _cuMemFreeHost(self, address: ctypes.c_void_p) -> None:  # noqa: N802
        assert address.value is not None
        del self._blocks[address.value]

    def _cuMemcpyHtoD_v2(self, device: ctypes.c_uint64, host: ctypes.c_void_p, size: ctypes.c_size_t) -> None:  # noqa: N802
        ctypes.memmove(device.value, host, size.value)

    def _cuMemcpyDtoH_v2(self, host: ctypes.c_void_p, device: ctypes.c_uint64, size: ctypes.c_size_t) -> None:  # noqa: N802
        ctypes.memmove(host, device.value, size.value)


class FakeTensor:
    """A device tensor."""

    def __init__(self, height: int, width: int) -> None:
        self.pixels: Frame = np.zeros((height, width, 3), np.uint8)

    def data_ptr(self) -> int:
        return self.pixels.ctypes.data


class FakeBinding:
    def __init__(self) -> None:
        self.source: Frame | None = None
        self.target: Any = None

    def bind_ortvalue_input(self, name: str, tensor: FakeTensor) -> None:
        self.source = tensor.pixels

    def bind_ortvalue_output(self, name: str, tensor: FakeTensor) -> None:
        self.target = tensor.pixels

    def bind_cpu_input(self, name: str, frames: Any) -> None:
        self.source = frames[0]

    def bind_output(self, name: str, kind: str, number: int, _type: Any, shape: tuple[int, ...], address: int) -> None:
        memory = (ctypes.c_ubyte * int(np.prod(shape))).from_address(address)
        self.target = np.frombuffer(memoryview(memory), np.uint8).reshape(shape[1:])


class FakeSession:
    """Paints 255 - frame. `frozen`: a graph that was recorded wrong, which gives its first frame again and again."""

    def __init__(self, *, frozen: bool = False) -> None:
        self.frozen, self.runs = frozen, 0
        self.first: Frame | None = None

    def io_binding(self) -> FakeBinding:
        return FakeBinding()

    def run_with_iobinding(self, binding: FakeBinding, options: Any = None) -> None:
        self.runs += 1
        assert binding.source is not None
        painted = 255 - binding.source
        if self.frozen:
            painted = self.first = painted if self.first is None else self.first
        binding.target[:] = painted


class FakeSessions:
    """Opens fake sessions and remembers what for; `refuse_graph` and `frozen_graph` are what CUDA may do to us."""

    def __init__(self, *, refuse_graph: bool = False, frozen_graph: bool = False) -> None:
        self.refuse_graph, self.frozen_graph = refuse_graph, frozen_graph
        self.opened: list[tuple[tuple[int, int] | None, bool]] = []
        self.sessions: list[FakeSession] = []

    def __call__(self, size_hw: tuple[int, int] | None = None, *, graph: bool = False) -> FakeSession:
        self.opened.append((size_hw, graph))
        if graph and self.refuse_graph:
            raise RuntimeError("This session cannot use the graph capture feature as requested")
        self.sessions.append(FakeSession(frozen=graph and self.frozen_graph))
        return self.sessions[-1]
