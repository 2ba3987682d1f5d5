"""Tests what is asked of NVIDIA's driver, with a stand-in that notes every call."""

from __future__ import annotations

import ctypes
import gc
import sys
import weakref
from typing import Any

import numpy as np
import pytest

from nstcam.realtime.engine import cuda_memory
from nstcam.realtime.engine.cuda_memory import CudaMemory, count_gpus, driver_cuda_version
from nstcam.realtime.errors import DeviceError
from tests.support.fakes.cuda import FakeDriver


class NotingDriver(FakeDriver):
    """Notes the plain numbers among the arguments, and fails with `code` in `fails`."""

    def __init__(self, fails: str = "", code: int = 2) -> None:
        super().__init__(gpus=3, fails=fails)
        self.numbers: dict[str, list[int]] = {}
        self.code = code

    def __getattr__(self, name: str) -> Any:
        call = super().__getattr__(name)

        def noting(*arguments: Any) -> int:
            self.numbers[name] = [argument for argument in arguments if isinstance(argument, int)]
            return self.code if call(*arguments) else 0

        return noting


def test_the_library_is_the_one_of_the_system() -> None:
    assert ("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1") == cuda_memory.DRIVER


@pytest.mark.parametrize(("number", "version"), [(11080, (11, 8)), (12000, (12, 0)), (13020, (13, 2))])
def test_the_version_is_thousands_and_tens(number: int, version: tuple[int, int]) -> None:
    assert driver_cuda_version(FakeDriver(version=number)) == version


def test_gpus_are_counted_and_there_are_none_where_the_driver_fails() -> None:
    driver = NotingDriver()
    assert count_gpus(driver) == 3
    assert driver.numbers["cuInit"] == [0], "CUDA refuses other flags"
    for name in ("cuInit", "cuDeviceGetCount"):
        for code in (1, 2):
            assert count_gpus(NotingDriver(name, code)) == 0


def test_the_first_gpu_is_joined_and_memory_is_for_all_contexts() -> None:
    driver = NotingDriver()
    memory = CudaMemory(driver)
    assert driver.calls == ["cuInit", "cuDeviceGet", "cuDevicePrimaryCtxRetain"]
    assert (driver.numbers["cuInit"], driver.numbers["cuDeviceGet"]) == ([0], [0])
    memory.enter_thread()
    block = memory.allocate(24)
    assert (block.nbytes, block.readonly) == (24, False)
    assert driver.calls[3:] == ["cuCtxSetCurrent", "cuMemHostAlloc"]
    assert driver.numbers["cuMemHostAlloc"] == [1], "CU_MEMHOSTALLOC_PORTABLE"
    assert driver.locked_blocks == 1
    del block
    gc.collect()
    assert driver.calls[5:] == ["cuCtxSetCurrent", "cuMemFreeHost"], "the thread may never have used CUDA"
    assert driver.locked_blocks == 0


def test_the_end_of_the_program_frees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver may be gone by then."""
    made: list[weakref.finalize[Any, Any]] = []

    def noting(*arguments: Any) -> weakref.finalize[Any, Any]:
        made.append(weakref.finalize(*arguments))
        return made[-1]

    monkeypatch.setattr(cuda_memory, "weakref", type("_", (), {"finalize": staticmethod(noting)}))
    block = CudaMemory(FakeDriver()).allocate(8)
    assert [finalizer.atexit for finalizer in made] == [False]
    del block


def test_copies_go_to_the_address_and_back() -> None:
    memory = CudaMemory(FakeDriver())
    device = np.zeros((2, 3, 3), np.uint8)
    sent = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    memory.upload(sent, device.ctypes.data)
    assert np.array_equal(device, sent)
    got = np.zeros_like(sent)
    memory.download(device.ctypes.data, got)
    assert np.array_equal(got, sent)


@pytest.mark.parametrize("code", [1, 2, 999])
@pytest.mark.parametrize("name", ["cuInit", "cuDeviceGet", "cuDevicePrimaryCtxRetain"])
def test_every_error_code_is_an_error(name: str, code: int) -> None:
    with pytest.raises(DeviceError) as caught:
        CudaMemory(NotingDriver(name, code))
    assert str(caught.value) == (
        f"CUDA failed in {name} (error {code}); restart, update the driver, or use --device cpu"
    )


def test_without_one_given_the_installed_driver_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    def load(name: str) -> Any:
        loaded.append(name)
        return FakeDriver()

    monkeypatch.setattr(ctypes, "CDLL", load)
    CudaMemory()
    CudaMemory(FakeDriver())
    assert loaded == [cuda_memory.DRIVER]
