"""Tests what is printed about files that were converted, and how a command ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from nstcam.realtime.cli.options.scene import Behind
from nstcam.realtime.cli.video.batch import Job, Outcome, Plan
from nstcam.realtime.cli.video.job_report import plan_of, plan_of_pictures, report_on, run_jobs
from nstcam.realtime.cli.video.options import FileOptions, ImageOptions
from nstcam.realtime.errors import NstError, SourceError
from nstcam.realtime.people.words import CLEAR, OFF
from nstcam.realtime.video.convert import VideoReport

A, B = Job(Path("a.mp4"), Path("out/a.mp4")), Job(Path("b.mp4"), Path("out/b.mp4"))
REPORT = VideoReport(
    frames=1, duration=0.04, size_wh=(64, 48), audio_copied=2, audio_encoded=1, elapsed=1.25, encoder="libx264",
    device="CPU", subtitles=0, resumed_at=0,
)  # fmt: skip
LINE = "out/a.mp4: 1 frame, 0.04 s, 64x48, {}; took 1.2 s on CPU, encoded by libx264\n"


def options(*paths: Path, output_dir: Path | None = Path("out"), as_json: bool = False) -> FileOptions:
    return FileOptions(
        paths=paths, output_dir=output_dir, device="cpu", threads=None, overwrite=False, as_json=as_json
    )  # fmt: skip


def told(plan: Plan, outcomes: list[Outcome], *, as_json: bool = False) -> int | str:
    """How the command ends: its exit code, or its error."""

    def run(tell: object) -> list[Outcome]:
        assert callable(tell)
        for outcome in outcomes:
            tell(outcome)
        return outcomes

    try:
        report_on(options(as_json=as_json), plan, run)
    except typer.Exit as ended:
        return ended.exit_code
    except NstError as error:
        return str(error)
    return 0


@pytest.mark.parametrize(
    ("plan", "outcomes", "code", "out", "err"),
    [
        (Plan([A]), [Outcome(A, REPORT)], 0, LINE.format("3 audio"), ""),
        (Plan([A]), [Outcome(A, "starry")], 0, "out/a.mp4: starry\n", ""),
        (Plan([A]), [Outcome(A)], 0, "out/a.mp4 exists already\n", ""),
        (Plan([A]), [Outcome(A, error="it is damaged")], "it is damaged", "", ""),
        (Plan([A, B]), [Outcome(A, "x"), Outcome(B, "y")], 0, "out/a.mp4: x\nout/b.mp4: y\n2 of 2 done\n", ""),
        (
            Plan([A, B]), [Outcome(A, error="one"), Outcome(B, "y")],
            1, "out/b.mp4: y\n1 of 2 done, 1 failed\n", "nstcam: one\n",
        ),
        (
            Plan([A], (Path("c.txt"), Path("d.txt"))), [Outcome(A, "x")],
            0, "out/a.mp4: x\n1 of 3 done, 2 ignored (2 TXT)\n", "",
        ),
        (
            Plan([A], (Path("c.txt"),)), [Outcome(A, error="one")],
            "one", "0 of 2 done, 1 failed, 1 ignored (1 TXT)\n", "",
        ),
    ],
)  # fmt: skip
def test_a_line_for_each_and_a_sum_where_there_are_several(
    plan: Plan, outcomes: list[Outcome], code: int | str, out: str, err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(plan, outcomes) == code
    printed = capsys.readouterr()
    assert (printed.out.replace("\\", "/"), printed.err) == (out, err)


def test_a_video_without_sound_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    silent = VideoReport(**{**vars(REPORT), "audio_copied": 0, "audio_encoded": 0})
    assert told(Plan([A]), [Outcome(A, silent)]) == 0
    assert capsys.readouterr().out.replace("\\", "/") == LINE.format("no sound")


@pytest.mark.parametrize(("jobs", "error", "code"), [([A], None, 0), ([A], "one", 1), ([A, B], "one", 1)])
def test_programs_get_json_alone_and_errors_beside_it(
    jobs: list[Job], error: str | None, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = [Outcome(job, None if error else REPORT, error) for job in jobs]
    assert told(Plan(jobs, (Path("c.txt"),)), outcomes, as_json=True) == code
    printed = capsys.readouterr()
    records = json.loads(printed.out)
    assert printed.out == json.dumps(records, indent=1) + "\n"
    assert [record["status"] for record in records] == len(jobs) * ["failed" if error else "done"] + ["ignored"]
    assert printed.err == (len(jobs) * "nstcam: one\n" if error else "")


def test_jobs_are_skipped_only_where_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = Job(tmp_path / "a.mp4", tmp_path / "there.mp4")
    job.target.touch()
    run_jobs(options(), Plan([job]), lambda _: "made")
    run_jobs(options(), Plan([job]), lambda _: "made", skip_existing=True)
    assert capsys.readouterr().out == f"{job.target}: made\n{job.target} exists already\n"


def test_one_in_and_one_out_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert plan_of(options(Path("a.mp4"), Path("b.mp4"), output_dir=None), (".mkv",)).jobs == [
        Job(Path("a.mp4"), Path("b.mp4"))
    ]
    assert plan_of(options(tmp_path, output_dir=tmp_path / "out"), (".mkv",), read=(".mp4",)).jobs == [
        Job(tmp_path / "a.mp4", tmp_path / "out" / "a.mkv")
    ]


@pytest.mark.parametrize(("kind", "suffix"), [(OFF, ".jpg"), (CLEAR, ".png")])
@pytest.mark.parametrize("other", ["b.heic", "b.txt"])
def test_what_is_cut_out_becomes_png_and_heic_needs_a_package(
    tmp_path: Path, kind: str, suffix: str, other: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("nstcam.realtime.cli.video.job_report.PICTURES", (".jpg",))
    for name in ("a.jpg", other):
        (tmp_path / name).touch()
    plan = plan_of_pictures(ImageOptions(
        **vars(options(tmp_path, output_dir=tmp_path / "out")),
        style="wave", strength=1, keep_colors=False, brighten=False, stroke_scale=1, paint="all", behind=Behind(kind),
    ))  # fmt: skip
    assert [job.target for job in plan.jobs] == [tmp_path / "out" / f"a{suffix}"]
    err = capsys.readouterr().err
    assert err.startswith("nstcam: HEIC files are ignored; to read them: pip install 'nstcam[heic]', or ") == (
        other == "b.heic"
    )
    assert bool(err) == (other == "b.heic")


def test_the_first_error_is_the_error() -> None:
    def fails(_: Job) -> str:
        raise SourceError("it is damaged")

    with pytest.raises(NstError, match=r"^it is damaged$"):
        run_jobs(options(), Plan([A]), fails)
