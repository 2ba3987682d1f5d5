"""Fakes of NVIDIA's driver and of CUDA sessions: device memory is host memory, and sessions paint 255 - frame."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nstcam.realtime.engine.devices import CPU as CPU_DEVICE
from nstcam.realtime.engine.devices import CUDA as CUDA_DEVICE
from nstcam.realtime.frame import Frame

CPU, CUDA = CPU_DEVICE.provider, CUDA_DEVICE.provider


class FakeDriver:
    """The functions of libcuda that nstcam calls; `fails` names one that returns an error."""

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

    def __init__(self, *shape: int, kind: type[np.generic] = np.uint8) -> None:
        self.values: NDArray[Any] = np.zeros(shape, kind)

    def data_ptr(self) -> int:
        return self.values.ctypes.data


class FakeBinding:
    """The binding of a session, which copies like ONNX Runtime's.

    If an operator on the CPU reads an input in device memory, the input is copied once, when it is bound, so a session
    that stays bound to it paints the first picture again and again.
    """

    def __init__(self, *, read_on_cpu: bool = False) -> None:
        self.read_on_cpu = read_on_cpu
        self.inputs: dict[str, NDArray[Any]] = {}
        self.target: Any = None

    def bind_ortvalue_input(self, name: str, tensor: FakeTensor) -> None:
        assert len(tensor.values) == (2 if name == "canvas_offset" else 1), "one frame, or rows and columns"
        self.inputs[name] = tensor.values.copy() if self.read_on_cpu else tensor.values

    def bind_ortvalue_output(self, name: str, tensor: FakeTensor) -> None:
        assert len(tensor.values) == 1
        self.target = tensor.values[0]

    def bind_cpu_input(self, name: str, values: Any) -> None:
        self.inputs[name] = values

    def bind_output(self, name: str, kind: str, number: int, _type: Any, shape: tuple[int, ...], address: int) -> None:
        assert (kind, number, shape[0]) == ("cpu", 0, 1), "one frame in host memory"
        memory = (ctypes.c_ubyte * int(np.prod(shape))).from_address(address)
        self.target = np.frombuffer(memoryview(memory), np.uint8).reshape(shape[1:])


class FakeSession:
    """Paints 255 - frame; with a canvas, every pixel of that is moved by the offset, around the edge.

    `frozen` and `frozen_canvas` are graphs that were recorded wrongly: they return their first frame again and again,
    or keep the offset of their first run. `on_cpu` names operators that run on the CPU and read the inputs. `tell` is
    False for older versions of onnxruntime, which do not tell where operators run.
    """

    def __init__(
        self,
        *,
        frozen: bool = False,
        canvas: bool = False,
        frozen_canvas: bool = False,
        on_cpu: Sequence[str] = (),
        tells: bool = True,
    ) -> None:
        self.frozen, self.frozen_canvas, self.runs, self.on_cpu = frozen, frozen_canvas, 0, on_cpu
        self.ports = ["frame", "canvas_offset"] if canvas else ["frame"]
        self.first: Frame | None = None
        self.first_offset: tuple[int, ...] | None = None
        if tells:
            self.get_provider_graph_assignment_info = lambda: assigned({CUDA: ["Conv"], CPU: on_cpu})

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name=name) for name in self.ports]

    def get_providers(self) -> list[str]:
        return [CUDA, CPU]

    def io_binding(self) -> FakeBinding:
        return FakeBinding(read_on_cpu=bool(self.on_cpu))

    def run_with_iobinding(self, binding: FakeBinding, options: Any = None) -> None:
        self.runs += 1
        assert sorted(binding.inputs) == sorted(self.ports), "what is missing or unknown is an error of ONNX Runtime"
        painted = 255 - binding.inputs["frame"][0]
        if len(self.ports) > 1:
            offset = tuple(binding.inputs["canvas_offset"].tolist())
            if self.frozen_canvas:
                offset = self.first_offset = offset if self.first_offset is None else self.first_offset
            painted = np.roll(painted, offset, (0, 1))
        if self.frozen:
            painted = self.first = painted if self.first is None else self.first
        binding.target[:] = painted


def assigned(operators: Mapping[str, Sequence[str]]) -> list[Any]:
    """Which provider runs which operators, in the form of onnxruntime."""
    return [
        SimpleNamespace(
            ep_name=provider, get_nodes=lambda kinds=kinds: [SimpleNamespace(op_type=kind) for kind in kinds]
        )
        for provider, kinds in operators.items()
    ]


class FakeSessions:
    """Opens fake sessions and records the arguments; can refuse graphs or freeze them, as CUDA might do."""

    def __init__(
        self,
        *,
        refuse_graph: bool = False,
        frozen_graph: bool = False,
        canvas: bool = False,
        frozen_canvas: bool = False,
        on_cpu: Sequence[str] = (),
        tells: bool = True,
    ) -> None:
        self.refuse_graph, self.frozen_graph = refuse_graph or bool(on_cpu), frozen_graph
        self.on_cpu, self.tells = on_cpu, tells
        self.canvas, self.frozen_canvas = canvas, frozen_canvas
        self.opened: list[tuple[tuple[int, int] | None, bool]] = []
        self.sessions: list[FakeSession] = []

    def __call__(self, size_hw: tuple[int, int] | None = None, *, graph: bool = False) -> FakeSession:
        self.opened.append((size_hw, graph))
        if graph and self.refuse_graph:
            raise RuntimeError("This session cannot use the graph capture feature as requested")
        frozen, frozen_canvas = graph and self.frozen_graph, graph and self.frozen_canvas
        session = FakeSession(
            frozen=frozen, canvas=self.canvas, frozen_canvas=frozen_canvas, on_cpu=self.on_cpu, tells=self.tells
        )
        self.sessions.append(session)
        return session
