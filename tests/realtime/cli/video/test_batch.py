"""Tests which files of a folder are converted, and the names of their outputs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from nstcam.media.kinds import HEIC_CURE
from nstcam.realtime.cli.video import batch
from nstcam.realtime.cli.video.batch import Job
from nstcam.realtime.errors import SinkError, SourceError


def test_a_folder_gives_its_visible_files_of_known_kinds(tmp_path: Path) -> None:
    for name in ("b.mp4", "A.MKV", ".hidden.mp4", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "folder.mp4").mkdir()
    out = tmp_path / "out"
    planned = batch.plan([tmp_path], out, (".mp4", ".mkv"))
    assert planned.jobs == [Job(tmp_path / "A.MKV", out / "A.MKV"), Job(tmp_path / "b.mp4", out / "b.mp4")]


def test_a_folder_without_such_files_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(SourceError, match=r"holds no file with a known suffix, like \.mp4, \.mkv"):
        batch.plan([tmp_path], tmp_path / "out", (".mp4", ".mkv"))


def targets(folder: Path, names: list[str], suffix: str | None = None) -> list[str]:
    jobs = batch.plan([folder / name for name in names], folder / "out", (".png", ".jpg"), suffix).jobs
    assert [job.source.name for job in jobs] == names
    return [job.target.name for job in jobs]


@pytest.mark.parametrize(
    ("names", "suffix", "expected"),
    [
        (["a.png", "b.JPG", "c.tif", "d"], None, ["a.png", "b.JPG", "c.png", "d.png"]),
        (["a.png", "b.tif"], ".jpg", ["a.jpg", "b.jpg"]),
        (["a.tif", "a.gif", "a.png"], None, ["a.tif.png", "a.gif.png", "a.png"]),
        (["a.tif", "a.png"], ".jpg", ["a.jpg", "a.png.jpg"]),
    ],
)
def test_a_target_is_called_like_its_source_where_no_other_is(
    tmp_path: Path, names: list[str], suffix: str | None, expected: list[str]
) -> None:
    assert targets(tmp_path, names, suffix) == expected


def test_two_sources_with_one_name_are_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "1" / "a.png", tmp_path / "2" / "a.png"
    told = f"{one} and {other} would both become {tmp_path / 'out' / 'a.png'}; rename one"
    with pytest.raises(SourceError, match=f"^{re.escape(told)}$"):
        batch.plan([one, other], tmp_path / "out", (".png",))


def test_what_is_left_of_folders_is_told_by_kind(tmp_path: Path) -> None:
    for name in ("a.png", "b.HEIC", "c.txt", "d.heif", "e"):
        (tmp_path / name).touch()
    out = tmp_path / "deep" / "out"
    out.mkdir(parents=True)
    planned = batch.plan([tmp_path, tmp_path / "deep" / "f.png"], out, (".png",))
    assert [job.source.name for job in planned.jobs] == ["a.png", "f.png"]
    assert planned.left_out() == "4 ignored (2 HEIC, 1 TXT, 1 without a suffix), 1 sub-folder not entered"
    (tmp_path / "more").mkdir()
    assert batch.plan([tmp_path], tmp_path / "deep", (".png",)).folders == 1, "the output folder does not count"
    assert batch.plan([tmp_path], tmp_path / "new" / "deeper", (".png",)).folders == 2
    assert (tmp_path / "new" / "deeper").is_dir()
    assert batch.plan([tmp_path / "a.png"], out, (".png",)).left_out() == ""
    read = batch.plan([tmp_path], out, (".png",), read=(".txt",))
    assert [(job.source.name, job.target.name) for job in read.jobs] == [("c.txt", "c.png")]


@pytest.mark.parametrize(
    ("name", "suffixes", "told"),
    [
        ("a.heic", (".png", ".jpg"), f"like .png, .jpg (it holds 1 HEIC); {HEIC_CURE}"),
        ("a.heic", (".mp4",), "like .mp4 (it holds 1 HEIC); give another folder"),
        ("a.txt", (".png", ".jpg"), "like .png, .jpg (it holds 1 TXT); give another folder"),
        (".a.png", (".png",), "like .png; give another folder"),
    ],
)
def test_a_folder_without_a_known_file_says_what_it_holds(
    tmp_path: Path, name: str, suffixes: tuple[str, ...], told: str
) -> None:
    (tmp_path / name).touch()
    whole = f"{tmp_path} holds no file with a known suffix, {told}"
    with pytest.raises(SourceError, match=f"^{re.escape(whole)}$"):
        batch.plan([tmp_path], tmp_path / "out", suffixes)
    (tmp_path / "file").touch()
    with pytest.raises(SinkError, match=re.escape(f"cannot make the folder {tmp_path / 'file' / 'out'} (")):
        batch.plan([], tmp_path / "file" / "out", suffixes)


@dataclass
class Report:
    frames: int


def test_each_outcome_is_told_and_becomes_json(tmp_path: Path) -> None:
    jobs = [Job(Path(f"{name}.mp4"), tmp_path / f"{name}.mp4") for name in ("done", "plain", "there", "bad", "shut")]
    jobs[2].target.touch()

    def work(job: Job) -> object:
        if job.source.stem == "bad":
            raise SourceError("it is\x1b damaged")
        if job.source.stem == "shut":
            raise PermissionError(13, "Permission denied", "shut.mp4")
        return Report(5) if job.source.stem == "done" else 1

    told: list[batch.Outcome] = []
    outcomes = batch.run(jobs, work, told.append, skip_existing=True)
    assert told == outcomes
    records = batch.as_json(outcomes, [Path("a.heif")])
    assert [record.pop("source") for record in records] == [*(job.source.name for job in jobs), "a.heif"]
    assert [record.pop("target") for record in records] == [*(str(job.target) for job in jobs), None]
    assert str(records[4].pop("error")).startswith("system error at shut.mp4: Permission denied; ")
    assert records == [
        {"status": "done", "frames": 5}, {"status": "done"}, {"status": "there"},
        {"status": "failed", "error": r"it is\x1b damaged"}, {"status": "failed"},
        {"status": "ignored", "kind": "HEIC"},
    ]  # fmt: skip
    assert [outcome.report for outcome in batch.run(jobs[2:3], work)] == [1]
    assert batch.outcome_of(jobs[2], work).report == 1
