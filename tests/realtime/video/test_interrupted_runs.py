"""Tests what of an earlier run is continued, told and kept, and how one source is told from another."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from nstcam.realtime.errors import SinkError
from nstcam.realtime.video.encoding.segments import Segment, segment_name
from nstcam.realtime.video.work_folder import WorkFolder, fingerprint, work_folder


def put_segment(folder: Path, number: int, frames: int = 2) -> None:
    sizes = np.ones(frames, np.int64)
    folder.mkdir(exist_ok=True)
    Segment(np.arange(frames), sizes > 0, sizes, np.zeros(frames, np.uint8), frames).save(folder / segment_name(number))


def test_segments_count_from_the_first_to_the_one_before_a_gap_or_damage(tmp_path: Path) -> None:
    for number, frames in ((3, 2), (4, 5), (5, 7), (7, 9)):
        put_segment(tmp_path / "w", number, frames)

    def found(first: int) -> tuple[int, list[str], str]:
        work = WorkFolder(tmp_path / "w", first)
        return work.frames, [path.name for path in work.segments], work.next_path.name

    assert found(3) == (14, ["000003.npz", "000004.npz", "000005.npz"], "000006.npz")
    assert found(2) == (0, [], "000002.npz")
    (tmp_path / "w" / "000004.npz").write_bytes(b"damaged")
    assert found(3) == (2, ["000003.npz"], "000004.npz")
    work = WorkFolder(tmp_path / "w", 3)
    work.added(20)
    assert (work.frames, work.next_path.name) == (22, "000005.npz")
    assert work.resuming
    assert not WorkFolder(tmp_path / "w", 3, resume=False).resuming
    work.clear()
    assert (work.frames, work.segments, list((tmp_path / "w").iterdir())) == (0, [], [])
    assert not WorkFolder(tmp_path / "w", 3).resuming


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("left", ["000000.npz", "000001.nstpart", "x.npz"])
@pytest.mark.parametrize("parts", [False, True])
def test_what_an_earlier_run_left_is_continued_only_in_its_own_way(
    tmp_path: Path, resume: bool, overwrite: bool, left: str, parts: bool
) -> None:
    target, folder = tmp_path / "out.mp4", tmp_path / ".out.mp4.nstcam"
    folder.mkdir()
    if left == "000000.npz":
        put_segment(folder, 0, 3)
    elif left != "x.npz":
        (folder / left).touch()
    theirs = {"000000.npz": False, "000001.nstpart": True, "x.npz": None}[left]
    told = None
    if theirs is not None and theirs != parts and (resume or not overwrite):
        told = (
            f"an earlier run for {target} was interrupted, {'with' if theirs else 'without'} --cluster; continue it so "
            "with --resume, or start again with --overwrite alone"
        )
    elif theirs is not None and theirs == parts and not (resume or overwrite):
        after = "" if parts else " after 3 frames"
        told = (
            f"an earlier run for {target} was interrupted{after}; "
            "add --resume to continue it, or --overwrite to start again"
        )
    if told is None:
        with work_folder(target, resume=resume, overwrite=overwrite, parts=parts) as work:
            assert work.path == folder
        assert not folder.exists()
    else:
        with (
            pytest.raises(SinkError, match=f"^{re.escape(told)}$"),
            work_folder(target, resume=resume, overwrite=overwrite, parts=parts),
        ):
            pass
        assert (folder / left).exists()


@pytest.mark.parametrize(
    ("there", "left", "keep", "parts", "told"),
    [
        (False, ["000000.npz"], True, False, "kept 2 frames of {}; add --resume to continue"),
        (True, ["000000.npz"], True, False, "kept 2 frames of {}; add --resume --overwrite to continue"),
        (False, ["000000.npz"], False, False, None),
        (False, ["1.nstpart", "2.nstpart"], True, True, "kept 2 parts of {}; add --resume to continue"),
        (True, ["1.nstpart"], False, True, "kept 1 part of {}; add --resume --overwrite to continue"),
        (False, [], True, False, None),
        (False, [], True, True, None),
    ],
)
def test_what_is_kept_of_an_interrupted_run_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, there: bool, left: list[str], keep: bool, parts: bool,
    told: str | None,
) -> None:  # fmt: skip
    target, folder = tmp_path / "out.mp4", tmp_path / ".out.mp4.nstcam"
    if there:
        target.touch()

    def interrupted() -> None:
        with work_folder(target, resume=False, overwrite=True, keep=keep, parts=parts) as work:
            for name in left:
                if name == "000000.npz":
                    put_segment(folder, 0)
                    work.added(2)
                else:
                    (folder / name).touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert caplog.messages == ([] if told is None else [told.format(target)])
    assert folder.exists() == (told is not None)


def test_a_fingerprint_is_of_the_size_and_a_mebibyte_of_beginning_middle_and_end(tmp_path: Path) -> None:
    path, mib = tmp_path / "a", 1 << 20
    data = bytearray(6 * mib + 2)
    path.write_bytes(data)
    plain = fingerprint(path)
    assert plain["bytes"] == 6 * mib + 2
    for place, tells in (
        (0, True), (mib - 1, True), (mib, False), (3 * mib, False), (3 * mib + 1, True), (4 * mib, True),
        (4 * mib + 1, False), (5 * mib + 1, False), (5 * mib + 2, True), (6 * mib + 1, True),
    ):  # fmt: skip
        data[place] = 1
        path.write_bytes(data)
        assert (fingerprint(path) != plain) == tells, place
        data[place] = 0
    path.write_bytes(b"abc")
    assert fingerprint(path)["sha256"] == hashlib.sha256(b"abc" + b"bc" + b"abc").hexdigest()
