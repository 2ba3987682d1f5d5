"""A stand-in for sounddevice: one or more microphones that hear what a test says."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray


class PortAudioError(Exception):
    pass


class FakeStream:
    """The part of sounddevice.InputStream that nstcam uses, with a clock of its own that a test sets."""

    opened: list[FakeStream]

    def __init__(
        self,
        device: int,
        channels: int,
        samplerate: int,
        dtype: str,
        callback: Any,
        finished_callback: Callable[[], None],
    ) -> None:
        assert dtype == "float32"
        if samplerate != FakeSoundDevice.rate:
            raise PortAudioError("Invalid sample rate")
        if FakeSoundDevice.in_use:
            raise PortAudioError("Device\nunavailable")
        self.device, self.channels, self.rate = device, channels, samplerate
        self._callback, self._finished = callback, finished_callback
        self.time = 50.0
        self.closed = False
        FakeSoundDevice.streams.append(self)

    def start(self) -> None: ...

    def hear(self, samples: NDArray[np.float32], ago: float | None) -> None:
        """Delivers mono samples whose first one was heard `ago` seconds before; None: the driver does not know."""
        block = np.repeat(samples[:, None], self.channels, 1).astype(np.float32)
        times = SimpleNamespace(inputBufferAdcTime=0.0 if ago is None else self.time - ago, currentTime=self.time)
        self._callback(block, len(block), times, None)

    def unplug(self) -> None:
        self._finished()

    def close(self) -> None:
        self.closed = True
        self._finished()


class FakeSoundDevice:
    """The module."""

    PortAudioError = PortAudioError
    InputStream = FakeStream
    default = SimpleNamespace(hostapi=0)
    rate = 48000
    in_use = False
    streams: list[FakeStream]
    names: tuple[str, ...]

    @classmethod
    def query_hostapis(cls) -> list[dict[str, Any]]:
        numbers = [0, *(number + 1 for number in range(len(cls.names)))]
        return [{"name": "ALSA", "devices": numbers, "default_input_device": 2 if len(cls.names) > 1 else -1}]

    @classmethod
    def query_devices(cls, index: int) -> dict[str, Any]:
        name = cls.names[index - 1] if index else "Loudspeaker"
        return {"name": name, "max_input_channels": min(index, 2), "default_samplerate": float(cls.rate)}


def install_fake_microphones(monkeypatch: pytest.MonkeyPatch, *names: str, rate: int = 48000) -> type[FakeSoundDevice]:
    """Puts the stand-in in place of sounddevice, with microphones of these names; the first one has one channel."""
    import sys

    for key, value in {"names": names, "rate": rate, "in_use": False, "streams": []}.items():
        monkeypatch.setattr(FakeSoundDevice, key, value, raising=False)
    monkeypatch.setitem(sys.modules, "sounddevice", FakeSoundDevice)
    return FakeSoundDevice
