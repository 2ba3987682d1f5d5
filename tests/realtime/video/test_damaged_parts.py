"""Tests parts and work folders that are damaged or from a stranger: one line, and every value is checked before use."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from benchmarks.tools.stand_in import Negative
from nstcam.realtime.errors import SinkError, SourceError
from nstcam.realtime.video.convert import stylize_video
from nstcam.realtime.video.parts import join_parts, stylize_part
from nstcam.realtime.video.prepared import Stopped
from nstcam.realtime.video.reading.reader import VideoReader
from tests.support.killed_run import SETTINGS
from tests.support.media.clips import write_clip

NOT_A_PART: Final = "is not a part of a video, or is damaged; make it again with --segment"
DAMAGED: Final = "one of 1 parts is damaged; make them again with --segment"
HUGE: Final = (
    b"\x93NUMPY\x01\x00\x76\x00"
    + b"{'descr': '<i8', 'fortran_order': False, 'shape': (9999999999999,), }".ljust(117)
    + b"\n"
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", frames=10)


@pytest.fixture(scope="module")
def files(clip: Path) -> dict[str, bytes]:
    """The contents of a part by name."""
    part = clip.with_name("a.nstpart")
    stylize_part(clip, part, Negative(), SETTINGS, part=1, parts=1)
    with zipfile.ZipFile(part) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def refused(tmp_path: Path, clip: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> str:
    """The one line in which a part with those files is refused; checks that nothing is left."""
    part = tmp_path / "b.nstpart"
    with zipfile.ZipFile(part, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    with pytest.raises(SourceError) as caught:
        join_parts(clip, tmp_path / "out.mp4", [part])
    assert [path.name for path in tmp_path.iterdir()] == ["b.nstpart"]
    return str(caught.value)


def changed(journal: Any, place: tuple[str, ...], value: object) -> str:
    """The journal as text with another value there."""
    content = json.loads(journal)
    inner = content
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("place", "value"), [(("settings", "part"), "2/1"), (("encoding", "options", "x264-params"), "stats=/tmp/x")]
)
def test_a_part_with_a_value_that_cannot_be_is_refused(
    tmp_path: Path, clip: Path, files: dict[str, bytes], place: tuple[str, ...], value: object
) -> None:
    text = changed(files["journal.json"], place, value)
    assert NOT_A_PART in refused(tmp_path, clip, {**files, "journal.json": text.encode()})


@pytest.mark.parametrize(
    "text",
    [b"", b"[" * 100_000, b'{"a":' * 100_000, b"[1]", b"\xff", b'{"version": 1}', b" " * 2**21, b"9" * 5000],
    ids=["empty", "brackets", "objects", "list", "not UTF-8", "almost empty", "large", "a long number"],
)
def test_what_is_no_journal_is_refused(tmp_path: Path, clip: Path, files: dict[str, bytes], text: bytes) -> None:
    assert NOT_A_PART in refused(tmp_path, clip, {**files, "journal.json": text})


def test_nothing_is_unpacked_that_is_not_a_segment(tmp_path: Path, clip: Path, files: dict[str, bytes]) -> None:
    segment = files["000000.npz"]
    assert "a segment of" in refused(tmp_path, clip, {**files, "000009.npz": segment})
    assert NOT_A_PART in refused(tmp_path, clip, {"journal.json": files["journal.json"]})
    assert NOT_A_PART in refused(tmp_path, clip, {"000000.npz": segment})
    assert NOT_A_PART in refused(tmp_path, clip, {**files, "x.npz": bytes(10**7)}, zipfile.ZIP_DEFLATED)
    part = tmp_path / "b.nstpart"
    for name in ("../x.npz", "/x.npz", "x.npz", "\u0664" * 6 + ".npz"):  # as if they were not there
        with zipfile.ZipFile(part, "w") as archive:
            for inner, data in {**files, name: segment}.items():
                archive.writestr(inner, data)
        join_parts(clip, tmp_path / "out.mp4", [part], overwrite=True)
    assert {path.name for path in tmp_path.iterdir()} == {"b.nstpart", "out.mp4"}


def segments(original: bytes) -> Iterator[tuple[str, bytes]]:
    """Damaged segments."""
    with np.load(io.BytesIO(original)) as saved:
        arrays = dict(saved)
    few, many = np.zeros(0, np.int64), np.zeros(10**6, np.int64)
    late = arrays["pts"] + (1 << 62)
    for name, value in (
        ("pts", few), ("pts", many), ("pts", -arrays["pts"]), ("pts", arrays["pts"] * 0), ("pts", late),
        ("pts", arrays["pts"].astype(float)), ("pts", arrays["pts"][:, None]), ("pts", np.array(["x"])),
        ("end", few), ("end", np.array(-1)), ("end", np.array([1, 2])), ("end", np.array(2**63 - 1)),
        ("sizes", -arrays["sizes"]), ("sizes", arrays["sizes"] * 0 + 2**62), ("sizes", arrays["sizes"][1:]),
        ("keyframes", many > 0), ("keyframes", arrays["sizes"]), ("data", few), ("data", arrays["data"][1:]),
    ):  # fmt: skip
        made = io.BytesIO()
        np.savez(made, **{**arrays, name: value})
        yield f"{name} {value.dtype} {value.shape}", made.getvalue()
    for name in arrays:
        made = io.BytesIO()
        np.savez_compressed(made, **{**arrays, name: many})
        yield f"{name} compressed", made.getvalue()
        with zipfile.ZipFile(io.BytesIO(original)) as stored, zipfile.ZipFile(made := io.BytesIO(), "w") as archive:
            for entry in stored.namelist():
                archive.writestr(entry, HUGE if entry == f"{name}.npy" else stored.read(entry))
        yield f"{name} that its header makes 80 TB", made.getvalue()
    yield "half", original[: len(original) // 2]
    yield "nothing", b""
    yield "another byte", original.replace(arrays["data"].tobytes()[:8], b"\0" * 8)


def test_a_damaged_segment_is_refused(tmp_path: Path, clip: Path, files: dict[str, bytes]) -> None:
    tried = 0
    for what, data in segments(files["000000.npz"]):
        assert refused(tmp_path, clip, {**files, "000000.npz": data}) == DAMAGED, what
        tried += 1
    assert tried == 34


def test_damaged_bytes_anywhere_are_one_line(tmp_path: Path, clip: Path, files: dict[str, bytes]) -> None:
    whole, rng = clip.with_name("a.nstpart").read_bytes(), np.random.default_rng(0)
    part, out = tmp_path / "b.nstpart", tmp_path / "out.mp4"
    lines: list[str] = []
    for number in range(60):
        data = bytearray(whole[: rng.integers(len(whole))] if number % 4 == 0 else whole)
        for _ in range(4):
            data[-rng.integers(1, min(len(data), 400 if number % 2 else len(data))) - 1] = rng.integers(256)
        part.write_bytes(data)
        try:
            join_parts(clip, out, [part], overwrite=True)
        except SourceError as error:
            lines.append(str(error))
    assert len(lines) > 30
    assert not any("\n" in line for line in lines)


def test_a_resumed_run_takes_no_options_from_its_journal(tmp_path: Path, clip: Path) -> None:
    stylizer, target = Negative(), tmp_path / "out.mp4"
    with pytest.raises(Stopped):
        stylize_video(clip, target, stylizer, SETTINGS, stop=lambda: stylizer.calls >= 9)
    journal = tmp_path / ".out.mp4.nstcam" / "journal.json"
    original = journal.read_text()
    for place, value, told in (
        (("encoding", "options", "x264-params"), "stats=/tmp/x", "missing or damaged; delete the folder"),
        (("encoding", "time_base"), "1/26", "of another size or clock"),
    ):
        journal.write_text(changed(original, place, value))
        with pytest.raises(SinkError, match=told):
            stylize_video(clip, target, Negative(), SETTINGS, resume=True)
    journal.write_text(original)
    assert stylize_video(clip, target, Negative(), SETTINGS, resume=True).resumed_at == 7


def test_a_value_of_a_journal_is_shown_short_and_without_escapes(tmp_path: Path, clip: Path) -> None:
    stylizer, target = Negative(), tmp_path / "out.mp4"
    with pytest.raises(Stopped):
        stylize_video(clip, target, stylizer, SETTINGS, stop=lambda: stylizer.calls >= 9)
    journal = tmp_path / ".out.mp4.nstcam" / "journal.json"
    journal.write_text(changed(journal.read_text(), ("settings", "styles"), "\x1b[2J\n" + "x" * 9999))
    with pytest.raises(SinkError, match=r"used styles \?\[2J\?x+\.\.\., not negative; give the same value") as caught:
        stylize_video(clip, target, Negative(), SETTINGS, resume=True)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(("start", "end"), [(-1, None), (1e300, None), (float("nan"), None), (0, 1e300), (2, 1)])
def test_a_cut_that_no_clock_holds_is_refused(clip: Path, start: float, end: float | None) -> None:
    with pytest.raises(SourceError, match=re.escape(f"nothing lies between {start:g} s and")):
        VideoReader(clip, start, end)
