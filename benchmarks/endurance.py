"""Measures whether a long live session leaks and whether it idles: memory, threads, open files and CPU time.

    python -m benchmarks.endurance [SECONDS] [JSON]

First everything is used once: styles, a blend, the grid, a recording, a snapshot. Then the test pattern runs on, with
the same tour now and then; memory must stay where it was. At the end the camera shows a still picture: how much of a
core does the app use while nothing changes? The app runs in a window on a display of its own if Xvfb is installed,
otherwise without a window. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.tools.desktop import App, Desktop, missing_programs, write_still

ARGUMENTS: Final = ("--output-size", "160x120", "--device", "cpu", "--threads", "1")
TOUR: Final = (
    "style 1", "next", "next", "previous", "strength 0.5", "steady 0.2", "keep-colors on", "snapshot", "record",
    "style 2", "original", "original", "record", "keep-colors off", "steady 0.7", "strength 1", "style 1",
)  # fmt: skip
"""Commands, given with short pauses."""
KEYS: Final = ("b", "Right", "b", "c", "c", "c", "g", "g", "m", "m", "h", "h", "-", "=")
"""Keys pressed in the window after the commands."""


@dataclass(frozen=True)
class Sample:
    seconds: float
    """Since the start."""
    rss_mb: float
    threads: int
    files: int
    cpu_seconds: float
    """Seconds of CPU time of all threads since the process began."""
    frames: int


def take(app: App, began: float) -> Sample:
    """Reads the app's state now; `began` is the start by time.monotonic."""
    process = Path("/proc") / str(app.process.pid)
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    times = (process / "stat").read_text().rpartition(")")[2].split()
    cpu_seconds = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
    files = len(list((process / "fd").iterdir()))
    resident_mb = int(status["VmRSS"].split()[0]) / 1024
    frames = app.status()["frames"]
    return Sample(time.monotonic() - began, resident_mb, int(status["Threads"]), files, cpu_seconds, frames)


def tour(app: App) -> None:
    """Uses everything once, then leaves the session as it was and deletes the files it made."""
    for line in TOUR:
        app.tell(line)
        time.sleep(0.4)
    for cap in KEYS if app.has_window else ():
        app.press(cap)
        time.sleep(0.3)
    for path in app.folder.glob("nstcam-*"):
        path.unlink()


def cpu_share(samples: Sequence[Sample]) -> float:
    """How many cores were busy between the first and the last sample, on average."""
    first, last = samples[0], samples[-1]
    return (last.cpu_seconds - first.cpu_seconds) / (last.seconds - first.seconds)


def endure(app: App, seconds: float, *, every: float, tour_every: float) -> Iterator[Sample]:
    """Yields samples of the session, the first one after a tour, then one every `every` seconds."""
    tour(app)
    time.sleep(1)
    began = toured = time.monotonic()
    for step in range(int(seconds / every) + 1):
        time.sleep(max(0.0, began + step * every - time.monotonic()))
        if time.monotonic() - toured >= tour_every:
            tour(app)
            time.sleep(1)
            toured = time.monotonic()
        yield take(app, began)


def rest(app: App, seconds: float) -> float:
    """How many cores are busy while the camera shows the same picture all the time."""
    time.sleep(3)
    began = time.monotonic()
    first = take(app, began)
    time.sleep(seconds)
    return cpu_share([first, take(app, began)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=float, nargs="?", default=60.0)
    parser.add_argument("report", type=Path, nargs="?", metavar="JSON")
    asked = parser.parse_args()
    seconds: float = asked.seconds
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        desktop = None
        if not missing_programs():
            desktop = Desktop(folder)
            stack.callback(desktop.close)
        app = App(desktop, folder, ["--camera", "test", *ARGUMENTS])
        stack.callback(app.close)
        every = max(seconds / 60, 2)
        print("in a window" if desktop else "without a window", f"for {seconds:.0f} s", flush=True)
        print(f"{'seconds':>8}{'MB':>8}{'threads':>9}{'files':>7}{'frames':>9}")
        samples = []
        for sample in endure(app, seconds, every=every, tour_every=max(seconds / 12, 20)):
            samples.append(sample)
            print(
                f"{sample.seconds:8.0f}{sample.rss_mb:8.1f}{sample.threads:9}{sample.files:7}{sample.frames:9}",
                flush=True,
            )
        moving = cpu_share(samples)
        app.close()
        still = write_still(folder / "still.mkv", seconds=60)
        resting_app = App(desktop, folder, ["--camera", str(still), *ARGUMENTS])
        stack.callback(resting_app.close)
        resting = rest(resting_app, 20)
        print(f"cores busy: {moving:.2f} while the picture moves, {resting:.2f} while it stands still")
    if asked.report:
        figures = {"samples": [asdict(sample) for sample in samples], "cores_moving": moving, "cores_still": resting}
        asked.report.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
