"""One style on one device: frames in, stylized frames out. The only place that runs ONNX Runtime on frames."""

from __future__ import annotations

from typing import Final

import numpy as np
import onnxruntime

from realtime import providers
from realtime.errors import DeviceError, StyleError
from realtime.frame import Frame, check_frame
from realtime.style import INPUT_NAME, OUTPUT_NAME, Style

_ORT_ERRORS_ONLY: Final = 3
_ORT_FATAL_ONLY: Final = 4


class Stylizer:
    """Turns frames in one style. Not for several threads at once; several stylizers may run side by side.

    Attributes:
        style: what it paints.
        device: what the session really runs on ("CPU", "CUDA"), asked back from ONNX Runtime.
        notice: one line for the user if `auto` could not take a GPU, else None.
    """

    def __init__(self, style: Style, device: str = "auto", threads: int | None = None) -> None:
        """Opens the style.

        Args:
            device: auto, cpu or cuda. auto falls back to the CPU and says so in `notice`; cuda fails instead.
            threads: CPU threads of the session; default all cores.

        Raises:
            StyleError: the file cannot be opened as a model.
            DeviceError: the device is unknown, or was asked for and does not work.
        """
        self.style = style
        chosen, self.notice = providers.choose(device)
        if chosen is not providers.CPU:
            session = _open(style, chosen, threads)
            if session.get_providers()[0] == chosen.provider:
                self._session, self.device = session, chosen.title
                return
            reason = f"ONNX Runtime could not start {chosen.title}: its libraries are missing or do not fit the driver"
            cure = "pip install 'nstcam[cuda]'"
            if device != "auto":
                raise DeviceError(f"--device {device}: {reason}; {cure}, or use --device cpu")
            self.notice = f"running on the CPU ({reason}; {cure})"
        self._session, self.device = _open(style, providers.CPU, threads), providers.CPU.title

    def stylize(self, frame: Frame) -> Frame:
        """A new frame of the same size.

        Raises:
            ValueError: not a Frame, or smaller than 32x32.
            DeviceError: the device failed while running, e.g. out of memory.
        """
        check_frame(frame)
        try:
            (stylized,) = self._session.run([OUTPUT_NAME], {INPUT_NAME: frame[None]})
        except Exception as error:  # ONNX Runtime's errors share no type of their own
            height, width = frame.shape[:2]
            raise DeviceError(
                f"{self.device} failed on a {width}x{height} frame in style {self.style.name}: {_first_line(error)}"
            ) from error
        out: Frame = stylized[0]
        return out

    def warm_up(self, height: int, width: int) -> None:
        """Runs once at that size, so that the first real frame does not wait for allocations and kernel choices."""
        self.stylize(np.zeros((height, width, 3), np.uint8))

    def close(self) -> None:
        """Frees the session; the stylizer is of no use after that."""
        del self._session


def _open(style: Style, device: providers.Device, threads: int | None) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # A GPU session reports every fall-back as an error of its own; Stylizer checks and says it once.
    options.log_severity_level = _ORT_ERRORS_ONLY if device is providers.CPU else _ORT_FATAL_ONLY
    options.intra_op_num_threads = threads or 0  # 0: all cores
    # Threads that spin between frames take whole cores from capture, resize and everything else on the machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    asked: list[str | tuple[str, providers.Options]] = [(device.provider, device.options)]
    if device is not providers.CPU:
        asked.append(providers.CPU.provider)
    try:
        return onnxruntime.InferenceSession(style.path, options, providers=asked)
    except Exception as error:
        raise StyleError(f"{style.path} cannot be opened as a model on {device.title}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300] or type(error).__name__
