"""Page-locked host memory, and copies between it and CUDA's device memory, through the NVIDIA driver's own library.

ONNX Runtime's Python API allocates device tensors but not page-locked host memory. The driver copies ordinary memory
through a buffer of its own, which is several times slower. The driver's entry points are the same in all its versions.
"""

from __future__ import annotations

import ctypes
import sys
import weakref
from typing import Any, Final

from numpy.typing import NDArray

from nstcam.realtime.errors import DeviceError
from nstcam.realtime.frame import Frame

DRIVER: Final = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
_PORTABLE: Final = 1
"""Page-locked for all CUDA contexts: a lane does not share its blocks, but its frames travel between threads."""


def load_driver() -> Any:
    """Loads the NVIDIA driver's library.

    Raises:
        OSError: the NVIDIA driver is not installed.
    """
    return ctypes.CDLL(DRIVER)


def driver_cuda_version(driver: Any) -> tuple[int, int]:
    """The newest CUDA version, (major, minor), that the driver can run."""
    version = ctypes.c_int()
    driver.cuDriverGetVersion(ctypes.byref(version))
    return version.value // 1000, version.value % 1000 // 10


def count_gpus(driver: Any) -> int:
    """The number of GPUs that the driver finds; 0 if it fails."""
    count = ctypes.c_int()
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value


class CudaMemory:
    """Page-locked memory and copies for the first GPU, in the CUDA context that ONNX Runtime also uses."""

    def __init__(self, driver: Any = None) -> None:
        """Joins the GPU's primary context.

        Raises:
            DeviceError: the GPU cannot be reached.
        """
        self._driver = driver or load_driver()
        device, context = ctypes.c_int(), ctypes.c_void_p()
        self._check("cuInit", 0)
        self._check("cuDeviceGet", ctypes.byref(device), 0)
        self._check("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        self._context = context

    def enter_thread(self) -> None:
        """Makes the context current; must be called once in each thread that uses the other methods."""
        self._check("cuCtxSetCurrent", self._context)

    def allocate(self, size: int) -> memoryview:
        """Allocates `size` bytes of page-locked memory, freed with the last reference to the view returned."""
        address = ctypes.c_void_p()
        self._check("cuMemHostAlloc", ctypes.byref(address), ctypes.c_size_t(size), _PORTABLE)
        assert address.value is not None
        memory = (ctypes.c_ubyte * size).from_address(address.value)
        weakref.finalize(memory, _free, self._driver, self._context, address).atexit = False
        return memoryview(memory)

    def upload(self, array: NDArray[Any], address: int) -> None:
        """Copies `array`, which must lie in memory from `allocate`, to the device; complete on return."""
        self._check("cuMemcpyHtoD_v2", ctypes.c_uint64(address), _pointer(array), ctypes.c_size_t(array.nbytes))

    def download(self, address: int, frame: Frame) -> None:
        """Copies from the device into `frame`; complete on return."""
        self._check("cuMemcpyDtoH_v2", _pointer(frame), ctypes.c_uint64(address), ctypes.c_size_t(frame.nbytes))

    def _check(self, name: str, *arguments: Any) -> None:
        code = getattr(self._driver, name)(*arguments)
        if code != 0:
            raise DeviceError(f"CUDA failed in {name} (error {code}); restart, update the driver, or use --device cpu")


def _free(driver: Any, context: ctypes.c_void_p, address: ctypes.c_void_p) -> None:
    """Frees the memory from whichever thread drops the last reference; that thread may never have used CUDA."""
    driver.cuCtxSetCurrent(context)
    driver.cuMemFreeHost(address)


def _pointer(array: NDArray[Any]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)
