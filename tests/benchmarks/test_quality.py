"""Tests benchmarks.quality.table on a style that paints negatives and a fake peer."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.quality import make_references as making
from benchmarks.quality import sheet, table
from benchmarks.quality.sheet import write_quality_sheet
from benchmarks.tools.stand_in import write_negative_style
from nstcam.export.errors import ExportError
from nstcam.export.evaluate import steadiness_trials
from nstcam.export.evaluate.closeness import Paint
from nstcam.export.evaluate.loss_settings import LossSettings
from nstcam.export.evaluate.references import EVALUATIONS, complete_references, read_references
from nstcam.realtime.style_files.style import Style, read_style
from nstcam.train.fit.evaluate import Fit
from nstcam.train.picture import PHOTOS
from scripts.train_gallery import GALLERY
from tests.support.models.bundled import bundle_instead
from tests.support.models.tiny import random_loss_network


@pytest.fixture
def styles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Style]:
    """The bundled styles are one that inverts, and all is small."""
    style = read_style(write_negative_style(tmp_path / "styles" / "negative.onnx"))
    bundle_instead(monkeypatch, style.path.parent)
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "none"))
    monkeypatch.setattr(steadiness_trials, "SIZE_WH", (64, 48))
    monkeypatch.setattr(table, "SIZES", ("48", "64x48"))
    monkeypatch.setattr(table, "SIZE", "48")
    monkeypatch.setattr(table, "load_vgg", random_loss_network)
    monkeypatch.setattr(making, "load_vgg", random_loss_network)
    return [style]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Photographs and paintings."""
    photographs, paintings = tmp_path / "photographs", tmp_path / "paintings"
    for folder in (photographs, paintings):
        folder.mkdir()
    for name in ("astronaut", "chelsea", "coffee"):
        photo = cv2.resize(np.asarray(cv2.imread(str(PHOTOS / f"{name}.jpg"))), (96, 72))
        cv2.imwrite(str(photographs / f"{name}.png"), photo)
    (paintings / "negative.jpg").write_bytes((PHOTOS / "grass.jpg").read_bytes())
    return photographs, paintings


class FakePeer:
    """Paints black in its own styles, the painting's name in any other."""

    def __init__(self, *_: object) -> None:
        self.asked: list[int | Path] = []

    def painter(self, style: int | Path) -> Paint:
        self.asked.append(style)
        return np.zeros_like

    def close(self) -> None:
        self.asked.append(-1)


def test_one_table_of_all_painters(
    styles: list[Style],
    folders: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    peer = FakePeer()
    monkeypatch.setattr(table, "Peer", lambda *_: peer)
    monkeypatch.setattr(table, "install", lambda environment: environment)
    photographs, paintings = folders
    file = tmp_path / "references.json"
    complete_references(
        file, paintings / "negative.jpg", [photographs / "coffee.png"], ["48"], LossSettings(), random_loss_network(), 3
    )
    capsys.readouterr()
    report, picture, kept = tmp_path / "q.json", tmp_path / "q.webp", tmp_path / "frames"
    arguments = ["--content", photographs, "--paintings", paintings, "--peer", "venv", "--references", file]
    arguments += ["--output", report, "--sheet", picture, "--frames", kept, "--any-style", "negative", "--quick"]
    assert table.main(list(map(str, arguments))) == 0
    written = json.loads(report.read_text())
    assert written["photographs"] == "coffee.png"
    figures = written["figures"]
    assert list(figures) == ["input", "negative", "negative by L-BFGS", "peer 3", "peer 7", "peer 19", "peer negative"]
    assert peer.asked == [3, 7, 19, paintings / "negative.jpg", -1]
    negative, black = figures["negative"], figures["peer negative"]
    assert negative["flicker gain, sigma 4"] == pytest.approx(1, abs=1e-3)
    assert negative["flicker gain, sigma 4, --steady 0.8"] < 0.7
    assert black["flicker gain, sigma 4"] == 0
    assert not any("--steady" in name for name in black)
    assert negative["48: rho (1 of 1 pictures)"] > 1
    assert black["48: rho (1 of 1 pictures)"] > 1
    best = figures["negative by L-BFGS"]
    assert best["48: rho (1 of 1 pictures)"] == 1
    assert best["48: total"] < negative["48: total"]
    assert best["48: tone slope"] > 0 > negative["48: tone slope"]
    assert figures["input"]["48: content error"] == 0
    assert "48: total" not in figures["peer 3"]
    out = capsys.readouterr().out
    assert "48: rho (1 of 1 pictures)" in out
    assert picture.stat().st_size < sheet.MOST_BYTES
    assert np.asarray(cv2.imread(str(kept / "negative-snow-1280x720.png"))).shape == (720, 1280, 3)


def test_photographs_with_references_come_first(folders: tuple[Path, Path], tmp_path: Path) -> None:
    photographs, paintings = folders
    known = complete_references(
        tmp_path / "r.json",
        paintings / "negative.jpg",
        [photographs / "coffee.png"],
        ["32"],
        LossSettings(),
        random_loss_network(),
        1,
    )
    names = [[p.stem for p in table.chosen_photographs(photographs, most, known)] for most in (1, 2, 9)]
    assert names == [["coffee"], ["coffee", "chelsea"], ["coffee", "astronaut", "chelsea"]]


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        (["--content", "nowhere"], "nowhere is not a folder"),
        (["--style", "starri"], "no bundled style starri; choose from negative"),
        (["--pictures", "0"], "--pictures 0"),
        (["--steady", "2"], "--steady 2"),
        (["--sheet", "x.png"], "must end in one of .webp"),
        (["--size", "tiny"], "size tiny cannot be used"),
        (["--clips", "nowhere"], "nowhere is not a folder"),
    ],
)
def test_what_is_missing_is_said_before_the_work(
    extra: list[str],
    says: str,
    styles: list[Style],
    folders: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert table.main(["--content", str(folders[0]), "--paintings", str(folders[1]), *extra]) == 1
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("benchmarks.quality.table: ")
    assert says in error
    assert error.count("\n") == 1
    assert not (tmp_path / "benchmark_quality.json").exists()


def test_sheet_is_made_to_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3)).astype(np.uint8)
    painters: dict[str, Paint] = {"same": lambda frame: frame, "white": lambda f: np.full_like(f, 255)}
    write_quality_sheet(tmp_path / "a.webp", painters, {"noise": noise})
    monkeypatch.setattr(sheet, "MOST_BYTES", (tmp_path / "a.webp").stat().st_size - 1)
    write_quality_sheet(tmp_path / "b.webp", painters, {"noise": noise})
    sheets = [np.asarray(cv2.imread(str(tmp_path / name))) for name in ("a.webp", "b.webp")]
    assert sheets[0].shape == sheets[1].shape == (2 * (3 * 110 + 8), 6 * 194, 3)
    assert sheets[1][225:320, 60:].min() > 200, "what the painter paints"
    assert (tmp_path / "b.webp").stat().st_size <= sheet.MOST_BYTES
    monkeypatch.setattr(sheet, "MOST_BYTES", 1000)
    with pytest.raises(ExportError, match="show fewer styles"):
        write_quality_sheet(tmp_path / "c.webp", painters, {"noise": noise})
    assert not (tmp_path / "c.webp").exists()


def test_references_of_bundled_styles(
    styles: list[Style],
    folders: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    photographs, paintings = folders
    file = tmp_path / "r.json"
    coffee = photographs / "coffee.png"
    assert making.make_references(file, paintings, [coffee], ["32"], styles, random_loss_network(), 2) == 1
    (reference,) = read_references(file).values()
    assert (reference.task.painting, reference.task.picture, reference.task.size) == (
        "negative.jpg",
        "coffee.png",
        "32",
    )
    command = ["--paintings", str(paintings), "--size", "32", "--output", str(file), str(coffee)]
    assert making.main(command) == 0, "nothing is made again"
    assert "1 references in" in capsys.readouterr().out
    (paintings / "negative.jpg").unlink()
    assert making.main(command) == 1
    assert "no painting of negative in" in capsys.readouterr().err
    assert making.main([*command, "nothing.jpg"]) == 1
    assert "photograph nothing.jpg not found" in capsys.readouterr().err


def test_kept_references_are_whole_and_of_the_gallery() -> None:
    if not making.REFERENCES.exists():
        pytest.skip("no references are kept yet")
    known = read_references(making.REFERENCES)
    assert known
    paintings = {style.picture or style.name for style in GALLERY}
    for reference in known.values():
        task = reference.task
        assert Path(task.painting).stem in paintings
        assert task.size == making.SIZE
        assert len(task.painting_sha256) == len(task.picture_sha256) == 16
        assert len(reference.curve) == EVALUATIONS
        assert list(reference.curve) == sorted(reference.curve, reverse=True)
        best = Fit(reference.content, reference.style).total(task.style_strength)
        assert best == pytest.approx(reference.curve[-1], rel=0.05), "the rest keeps pixels in range"
        assert best <= reference.curve[-1] + 1e-3


def test_paintings_of_the_gallery_are_found_by_their_own_names(tmp_path: Path) -> None:
    for name in ("hat.jpg", "wave.PNG", "points.txt", "starry.txt"):
        (tmp_path / name).touch()
    found = [making.painting_of(style, tmp_path) for style in ("fauve", "wave", "starry")]
    assert found == [tmp_path / "hat.jpg", tmp_path / "wave.PNG", None]
