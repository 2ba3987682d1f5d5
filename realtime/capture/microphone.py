"""Lists microphones and records one on a tape. Needs sounddevice, which brings PortAudio along.

PortAudio states when the first sample of each block reached the microphone's converter, so the driver's delay, which
differs between systems and settings, does not shift the sound against the picture.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import av
import numpy as np

from nstcam.realtime.capture.tape import RATE, Samples, Tape
from nstcam.realtime.errors import SourceError

DEFAULT: Final = "default"
"""Stands for the microphone that the system uses by default."""
_LONGEST_DELAY: Final = 2.0
"""The longest delay in seconds; a driver that claims more does not know when the block was heard."""
_NEEDS: Final = "recording a microphone needs a package; pip install 'nstcam[microphone]'"
_MOST_DIGITS: Final = 9


@dataclass(frozen=True)
class MicrophoneInfo:
    """A microphone or another input for sound.

    Attributes:
        index: PortAudio's number of it.
        channels: how many it has, 1 or more.
        rate: samples per second that it prefers.
        is_default: whether the system uses it unless told otherwise.
    """

    index: int
    name: str
    channels: int
    rate: float
    is_default: bool


def list_microphones() -> list[MicrophoneInfo]:
    """The microphones of this machine.

    Raises:
        SourceError: the package or PortAudio is missing, or PortAudio fails.
    """
    return _listed(_library())


def find_microphone(spec: str, found: list[MicrophoneInfo]) -> MicrophoneInfo:
    """The microphone that a user named: `default`, its number, or a part of its name in upper or lower case.

    Raises:
        SourceError: there is none of that name; the text lists those that there are.
    """
    if spec == DEFAULT:
        for one in found:
            if one.is_default:
                return one
        if found:
            return found[0]
        raise SourceError("no microphone found; plug one in, or leave out --microphone")
    if spec.isdecimal() and len(spec) <= _MOST_DIGITS:
        matching = [one for one in found if one.index == int(spec)]
    else:
        matching = [one for one in found if spec.lower() in one.name.lower()]
        matching = [one for one in matching if one.name.lower() == spec.lower()] or matching
    if not matching:
        there = ", ".join(f'{one.index} "{one.name}"' for one in found) or "none"
        raise SourceError(f"microphone {spec[:100]} not found; microphones found: {there}")
    return matching[0]


class Microphone:
    """Lays what a microphone hears on a tape, in a thread of PortAudio's, until it is closed.

    Attributes:
        name: of the microphone that was found.
    """

    def __init__(self, spec: str, tape: Tape, tell: Callable[[str], None] = lambda _: None) -> None:
        """Opens the microphone.

        Args:
            spec: as for `find_microphone`.
            tell: takes a line if it is lost later on; called in another thread.

        Raises:
            SourceError: it is not there, is in use, or the package is missing.
        """
        library = _library()
        chosen = find_microphone(spec, _listed(library))
        self.name, self._tape, self._tell = chosen.name, tape, tell
        self._layout = "mono" if chosen.channels == 1 else "stereo"
        self._closed = False
        self._stream, reason = None, ""
        for rate in (RATE, round(chosen.rate)):
            try:
                self._stream = self._open(library, chosen, rate)
                break
            except (library.PortAudioError, ValueError) as error:
                reason = " ".join(str(error).split())
        if self._stream is None:
            raise SourceError(
                f"microphone {self.name} cannot be opened ({reason}); check that no other program uses it and that "
                "the terminal may use the microphone"
            )

    def _open(self, library: Any, chosen: MicrophoneInfo, rate: int) -> Any:
        self._rate, self._to_stereo = rate, av.AudioResampler("fltp", "stereo", RATE)
        stream = library.InputStream(
            device=chosen.index, channels=min(chosen.channels, 2), samplerate=rate, dtype="float32",
            callback=self._heard, finished_callback=self._finished,
        )  # fmt: skip
        self._stream = stream
        try:
            stream.start()
        except library.PortAudioError:
            self._closed = True
            stream.close()
            self._closed = False
            raise
        return stream

    def close(self) -> None:
        """Stops listening."""
        self._closed = True
        if self._stream is not None:
            self._stream.close()
        self._tape.pause()

    def _heard(self, block: Samples, frames: int, times: Any, _status: object) -> None:
        """Called by PortAudio for each block, float32 (frames, channels)."""
        # Asked for now, not taken from `times`: this thread may have waited for the interpreter.
        ago = self._stream.time - times.inputBufferAdcTime if self._stream is not None else 0.0
        if times.inputBufferAdcTime <= 0 or not 0 <= ago <= _LONGEST_DELAY:
            ago = frames / self._rate
        at = time.monotonic() - ago
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), "fltp", self._layout)
        frame.sample_rate = self._rate
        for converted in self._to_stereo.resample(frame):
            samples = np.asarray(converted.to_ndarray(), np.float32)
            self._tape.add(at, samples)
            at += samples.shape[1] / RATE

    def _finished(self) -> None:
        self._tape.pause()
        if not self._closed:
            self._tell(f"microphone {self.name} is lost; what is recorded from now on is silent")


def _library() -> Any:
    try:
        return importlib.import_module("sounddevice")
    except ImportError as error:
        raise SourceError(_NEEDS) from error
    except OSError as error:
        raise SourceError("PortAudio is missing; on Debian and Ubuntu: apt install libportaudio2") from error


def _listed(library: Any) -> list[MicrophoneInfo]:
    """The inputs of the system's default sound interface; on Windows, the other interfaces list each microphone
    again."""
    try:
        interfaces = library.query_hostapis()
        if not interfaces:
            return []
        usual: Any = interfaces[library.default.hostapi]
        devices = [(index, library.query_devices(index)) for index in usual["devices"]]
    except (library.PortAudioError, IndexError) as error:
        raise SourceError(
            f"the microphones cannot be listed ({' '.join(str(error).split())}); check the system's sound settings"
        ) from error
    return [
        MicrophoneInfo(
            index, str(one["name"]), int(one["max_input_channels"]), float(one["default_samplerate"]),
            index == usual["default_input_device"],
        )
        for index, one in devices if one["max_input_channels"] > 0
    ]  # fmt: skip
