"""Damaged parts of videos and damaged work folders, through nstcam join and nstcam video --resume."""

from __future__ import annotations

import io
import json
import random
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests.support.damage.bytes import ODD, damage, odd_value
from tests.support.damage.case import SENTINEL, Case, Kind

_STYLE: Final = ("--style", "negative.onnx", "--device", "cpu", "--threads", "1", "--encoder", "software")
_RESUME: Final = ("nstcam", "video", "clip.mp4", "out.mp4", *_STYLE, "--resume")
_JOIN: Final = ("nstcam", "join", "clip.mp4", "out.mp4", "1.nstpart", "2.nstpart")
_WORK: Final = ".out.mp4.nstcam"
_CODECS: Final = (
    {"x264-params": f"dump-yuv={SENTINEL}"}, {"x264-params": f"stats=../around/{SENTINEL}:pass=1"},
    {"passlogfile": SENTINEL},
    "ffv1", "libx264rgb", "nothing", "rawvideo", [1, 0], [0, 0], "1/0", [2**40, 1], "yuv420p", "pal8", "rgb24", 65536,
)  # fmt: skip
_BOMB_BYTES: Final = 3 << 30


def _prepare(folder: Path) -> None:
    from benchmarks.tools.stand_in import write_negative_style
    from tests.support.damage.containers import write_whole

    write_negative_style(folder / "negative.onnx")
    write_whole(folder / "clip.mp4", "mp4", "libx264", "aac", frames=130)
    for part in (1, 2):
        words = ("video", "clip.mp4", f"{part}.nstpart", *_STYLE, "--segment", f"{part}/2")
        subprocess.run([sys.executable, "-m", "nstcam.realtime.cli.app", *words], cwd=folder, check=True)
    (folder / "bomb").write_bytes(_bomb())


def _bomb() -> bytes:
    """A ZIP file with one entry, 000000.npz, whose few MB unpack to more than the allowed memory."""
    block = bytes(1 << 26)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    sum_, count = 0, _BOMB_BYTES // len(block)
    for _ in range(count):
        sum_ = zlib.crc32(block, sum_)
    end = zlib.compressobj(9, zlib.DEFLATED, -15).flush()
    return struct.pack("<II", sum_, len(piece) * count + len(end)) + piece * count + end


def _zipped_bomb(wholes: Path, entries: Mapping[str, bytes]) -> bytes:
    """A part whose first segment is that bomb."""
    stored = (wholes / "bomb").read_bytes()
    sum_, size = struct.unpack("<II", stored[:8])
    name, data = b"000000.npz", stored[8:]
    fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, sum_, size, _BOMB_BYTES, len(name), 0)
    local = b"PK\3\4" + fields + name + data
    journal = entries["journal.json"]
    plain = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 33, zlib.crc32(journal), len(journal), len(journal), 12, 0)
    second = b"PK\3\4" + plain + b"journal.json" + journal
    directory = b""
    for at, entry, its_name in ((0, fields, name), (len(local), plain, b"journal.json")):
        directory += b"PK\1\2" + struct.pack("<H", 20) + entry + struct.pack("<HHHII", 0, 0, 0, 0, at) + its_name
    start = len(local) + len(second)
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 2, 2, len(directory), start, 0)
    return local + second + directory + end


def entries_of(part: bytes) -> dict[str, bytes]:
    """The files in a ZIP file by name."""
    with zipfile.ZipFile(io.BytesIO(part)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zipped(entries: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _odd_journal(journal: bytes, dice: random.Random) -> tuple[str, bytes]:
    content = json.loads(journal)
    section = dice.choice((None, "settings", "settings", "encoding", "encoding", "encoding", "source"))
    odd: Any = (*ODD, *_CODECS) if section == "encoding" else ODD
    if section is None:
        what, content = odd_value(content, dice, odd)
    else:
        what, content[section] = odd_value(content[section], dice, odd)
        what = f"{section}: {what}"
    return f"journal {what}", json.dumps(content).encode()


def _odd_segment(segment: bytes, dice: random.Random) -> tuple[str, bytes]:
    """A segment with one odd array."""
    entries = entries_of(segment)
    name = dice.choice(list(entries))
    array = np.load(io.BytesIO(entries[name]))
    count = dice.choice((2**31, 2**40, 2**62, -1))
    header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': ({count},), }}"
    claimed = b"\x93NUMPY\x01\x00\x76\x00" + header.encode().ljust(0x75) + b"\n"
    changed: dict[str, Any] = {
        "descending": array[::-1] if array.ndim else -array.astype(np.int64), "float": array.astype(np.float64) + 0.5,
        "NaN": np.full(array.shape, np.nan), "objects": np.array([{"a": 1}] * 3, object), "text": np.array(["x", "y"]),
        "empty": np.zeros(0, array.dtype), "flat": array.reshape(-1, 1), "negative": -array.astype(np.int64) - 1,
        "huge": np.full(array.shape, 2**62, np.int64), "zero": np.zeros_like(array), "twice": np.repeat(array, 2),
        "larger": array.astype(np.int64) * 10**9, "claims": claimed, "missing": b"", "a mapping": b"\x80\x04}.",
        "shuffled": np.random.default_rng(dice.randrange(99)).permutation(array) if array.ndim else array + 10**12,
    }  # fmt: skip
    how = dice.choice(list(changed))
    value = changed[how]
    if isinstance(value, bytes):
        entries[name] = value
    else:
        buffer = io.BytesIO()
        np.save(buffer, value, allow_pickle=True)
        entries[name] = buffer.getvalue()
    if how == "missing":
        del entries[name]
    return f"{name} {how}", _zipped(entries)


def _odd_archive(wholes: Path, part: bytes, dice: random.Random) -> tuple[str, bytes]:
    entries = entries_of(part)
    how = dice.choice(("leads out", "absolute", "many", "nothing", "no journal", "no segments", "other number", "bomb",
                       "other name", "deep journal", "long journal"))  # fmt: skip
    segment = entries["000000.npz"]
    if how == "bomb":
        return how, _zipped_bomb(wholes, entries)
    if how in ("leads out", "absolute", "other number", "other name"):
        names = {"leads out": f"../../around/{SENTINEL}", "absolute": "/tmp/000000.npz", "other number": "000007.npz"}
        entries[names.get(how, "\x1b[31m.npz")] = segment
    elif how == "many":
        entries |= {f"{number:06}.npz": b"x" for number in range(20_000)}
    elif how == "nothing":
        entries = {}
    elif how == "no journal":
        del entries["journal.json"]
    elif how == "no segments":
        del entries["000000.npz"]
    else:
        entries["journal.json"] = (
            b"[" * 1_000_000 if how == "deep journal" else entries["journal.json"] + b" " * 50_000_000
        )
    return how, _zipped(entries)


def _make(wholes: Path, number: int, dice: random.Random) -> Case:
    files = {name: (wholes / name).read_bytes() for name in ("clip.mp4", "negative.onnx", "1.nstpart", "2.nstpart")}
    files[SENTINEL] = b"mine\n"
    part, way = files["1.nstpart"], number % 10
    entries = entries_of(part)
    if way >= 6:
        return _resumed(files, entries, way, dice)
    if way in (0, 1):
        what, entries["journal.json"] = _odd_journal(entries["journal.json"], dice)
        files["1.nstpart"] = _zipped(entries)
        if way == 1:  # the same in the other part, so that the two fit together
            values = {**json.loads(entries["journal.json"])} if entries["journal.json"][:1] == b"{" else {}
            if isinstance(values.get("settings"), dict):
                values["settings"] = {**values["settings"], "part": "2/2"}
            second = entries_of(files["2.nstpart"])
            files["2.nstpart"] = _zipped({**second, "journal.json": json.dumps(values).encode()})
            what = f"both, {what}"
    elif way in (2, 3):
        what, files["1.nstpart"] = damage(part, dice, (b"PK\1\2", b"PK\3\4", b"PK\5\6", b"NUMPY", b"journal.json"))
    elif way == 4:
        what, entries["000000.npz"] = _odd_segment(entries["000000.npz"], dice)
        files["1.nstpart"] = _zipped(entries)
    else:
        what, files["1.nstpart"] = _odd_archive(wholes, part, dice)
    return Case(f"joined: {what}", files, _JOIN, ("out.mp4",), plays=False)


def _resumed(files: dict[str, bytes], entries: dict[str, bytes], way: int, dice: random.Random) -> Case:
    """The work folder of a run killed after its first segment, made from a part's that is marked as a whole run's."""
    journal = json.loads(entries["journal.json"])
    journal["settings"]["part"] = "1/1"
    work = {"journal.json": json.dumps(journal).encode(), "000000.npz": entries["000000.npz"], "lock": b""}
    links: dict[str, str] = {}
    if way == 6:
        what, work["journal.json"] = _odd_journal(work["journal.json"], dice)
    elif way == 7:
        what, work["000000.npz"] = _odd_segment(work["000000.npz"], dice)
    elif way == 8:
        name = dice.choice(list(work)[:2])
        what, work[name] = damage(work[name], dice)
    else:
        name = dice.choice(("", *work))
        place = f"{_WORK}/{name}" if name else _WORK
        links[place] = dice.choice(("../around/docs", f"../around/{SENTINEL}", SENTINEL, "a pipe", "nowhere"))
        if name and links[place] != "a pipe":
            links[place] = f"../{links[place]}"
        what = f"{place} is {links[place]}"
        work = {other: data for other, data in work.items() if name not in ("", other)}
    files |= {f"{_WORK}/{name}": data for name, data in work.items()}
    words = _RESUME if dice.random() < 0.8 else (*_RESUME[:-1], "--overwrite")
    return Case(f"resumed: {what}", files, words, ("out.mp4",), kept=(f"{_WORK}/",), links=links, plays=False)


def _ready() -> None:
    from nstcam.realtime.cli.video import convert_files
    from nstcam.realtime.video import parts

    assert convert_files
    assert parts


PARTS: Final = Kind("parts", 200, _prepare, _make, _ready)
