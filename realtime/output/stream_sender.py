"""The program behind a stream: passes on what it reads from standard input to an address.

A program of its own, because PyAV holds Python's lock while it connects and hangs up: within nstcam, a server that
does not answer would stop the picture. The first line of standard input is a Destination as JSON, so that the address
with its key stands in no list of processes; NUT follows until the end. Standard output gets a word when the address has
answered, and what went wrong.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import BinaryIO, Final

import av

CONNECTED: Final = "connected"
MISSING: Final = 3
"""The exit code if this FFmpeg lacks the protocol: no second try will help."""
_LOST: Final = 1
_PROBED: Final = {"analyzeduration": "200000", "probesize": "100000", "fpsprobesize": "0"}
"""Few, so that the first frames are not late."""


def send(source: BinaryIO, url: str, form: str, options: dict[str, str]) -> None:
    """Copies the packets of `source`, a NUT file, to the address. Prints CONNECTED when it has answered.

    Raises:
        av.FFmpegError: the address does not answer, or no longer.
    """
    with (
        av.open(source, "r", format="nut", options=_PROBED) as given,
        av.open(url, "w", format=form, container_options=options) as out,
    ):
        copies = {stream: out.add_stream_from_template(stream) for stream in given.streams}
        out.start_encoding()
        print(CONNECTED, flush=True)
        for packet in given.demux():
            if packet.size:
                packet.stream = copies[packet.stream]
                out.mux(packet)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # nstcam says when the stream ends
    source = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115 (a buffer would wait until it is full)
    line = bytearray()
    while not line.endswith(b"\n"):
        line += source.read(1) or b"\n"
    destination = json.loads(line)
    try:
        send(source, destination["url"], destination["format"], destination["options"])
    except (av.FFmpegError, OSError) as error:  # never str(error), which has the address
        print(error.strerror or type(error).__name__, flush=True)
        sys.exit(MISSING if isinstance(error, av.ProtocolNotFoundError) else _LOST)


if __name__ == "__main__":
    main()
