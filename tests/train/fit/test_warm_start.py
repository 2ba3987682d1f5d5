"""Tests which trained style a new one starts from."""

from __future__ import annotations

import runpy
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from nstcam.train.fit import warm_start
from nstcam.train.fit.warm_start import (
    LAYERS,
    LEAST_STEPS,
    Candidate,
    describe_choice,
    distance,
    find_warm_start,
    nearest_first,
    signature_of,
    style_size_of,
)
from nstcam.train.loss.losses import STYLE_WEIGHTS, style_error
from nstcam.train.loss.scales import style_grams
from nstcam.train.loss.vgg import load_vgg
from nstcam.train.network.checkpoint import WARM_STARTS, Checkpoint, Signature, load_checkpoint
from nstcam.train.network.networks import PRESETS, NetworkConfig
from nstcam.train.picture import Picture, write_picture
from nstcam.train.progress import Step
from tests.support.models.tiny import TINY_JOHNSON, TINY_LITE, random_checkpoint
from tests.support.training.train_folder import bundled_vgg

CPU = torch.device("cpu")


def stripes(width: int, colour: tuple[int, int, int]) -> Picture:
    picture = np.full((64, 64, 3), 40, np.uint8)
    picture[:, (np.arange(64) // width) % 2 == 1] = colour
    return picture


BLUE, BLUEISH, RED = (stripes(*s) for s in ((4, (20, 60, 200)), (4, (30, 80, 210)), (16, (230, 60, 10))))


def style(painting: Picture, name: str, network: NetworkConfig = TINY_LITE, step: int = LEAST_STEPS) -> Checkpoint:
    checkpoint = random_checkpoint(network, name)
    return replace(checkpoint, step=step, signature=signature_of(painting, 64), training={"style_size": 64})


@pytest.fixture(autouse=True)
def _one_vgg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_start, "load_vgg", bundled_vgg)


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "warm"
    monkeypatch.setattr(warm_start, "WARM_STARTS", folder)
    style(BLUE, "blue").save(folder / "blue.pt")
    style(RED, "red").save(folder / "red.pt")
    return folder


def test_the_distance_is_the_gram_error_of_training() -> None:
    network = load_vgg()
    of, to = (style_grams(network, p, 64, CPU) for p in (BLUE, RED))
    errors = {name: style_error(of[name], to[name]).item() for name in LAYERS}
    expected = sum(STYLE_WEIGHTS[n] * e for n, e in errors.items()) / sum(STYLE_WEIGHTS[n] for n in LAYERS)
    assert distance(signature_of(BLUE, 64), signature_of(RED, 64)) == pytest.approx(expected, rel=0.01)
    assert distance(signature_of(BLUE, 64), signature_of(BLUE, 64)) == 0


def test_a_start_without_features_is_one_away() -> None:
    red = signature_of(RED, 64)
    nothing: Signature = {name: torch.zeros_like(values) for name, values in red.items()}
    assert distance(nothing, red) == pytest.approx(1)


def test_very_bright_pictures_have_finite_signatures() -> None:
    """relu1_2 of a white picture: squares of the Caffe weights' activations pass what float16 holds."""
    glare = signature_of(np.full((64, 64, 3), 255, np.uint8), 64)
    assert all(values.isfinite().all() for values in glare.values())
    assert np.isfinite(distance(glare, signature_of(BLUE, 64)))


def test_the_nearest_painting_comes_first(bundled: Path, tmp_path: Path) -> None:
    candidates = nearest_first(TINY_LITE, signature_of(BLUEISH, 64), tmp_path / "runs")
    assert [c.checkpoint.identity.name for c in candidates] == ["blue", "red"]
    assert candidates[0].distance < 0.3 < candidates[1].distance
    line = describe_choice(candidates)
    assert line.startswith(f"starting from blue {candidates[0].distance:.2f} (0: the same painting")
    assert f"next: red {candidates[1].distance:.2f})" in line
    first = nearest_first(TINY_LITE, signature_of(RED, 64), tmp_path / "runs")[0]
    assert (first.checkpoint.identity.name, first.distance) == ("red", 0)


def test_finished_runs_of_the_user_count(bundled: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    mine = style(BLUEISH, "mine")
    last = asdict(Step(mine.step, progress=1.0, total=0, content=0, style=0, tone=0, flicker=0, seconds=0))
    history = [last] * mine.step
    finished = {"weights": mine.weights, "optimizer": {}, "history": history, "frozen": True}
    replace(mine, state=finished).save(runs / "mine" / "checkpoint.pt")
    refused = {
        "stopped": replace(mine, state={**finished, "history": [{**last, "progress": 0.9}] * mine.step}),
        "trial": replace(mine, step=LEAST_STEPS - 1),
        "other": style(BLUEISH, "other", TINY_JOHNSON),
        "unsigned": replace(mine, signature=None),
    }
    for name, checkpoint in refused.items():
        checkpoint.save(runs / name / "checkpoint.pt")
    names = [c.checkpoint.identity.name for c in nearest_first(TINY_LITE, signature_of(BLUEISH, 64), runs)]
    assert names == ["mine", "blue", "red"]


def test_a_signature_with_more_layers_is_compared_too_and_one_with_fewer_is_not(bundled: Path, tmp_path: Path) -> None:
    """Checkpoints of earlier versions have relu3_3 too."""
    mine = style(BLUEISH, "mine")
    assert mine.signature is not None
    more = mine.signature | {"relu3_3": torch.zeros(256 * 257 // 2, dtype=torch.bfloat16)}
    for name, signature in ("more", more), ("fewer", {LAYERS[0]: mine.signature[LAYERS[0]]}):
        replace(mine, signature=signature).save(tmp_path / "runs" / name / "checkpoint.pt")
    found = nearest_first(TINY_LITE, signature_of(BLUEISH, 64), tmp_path / "runs")
    assert [Path(candidate.start).name for candidate in found] == ["more", "blue", "red"]


def test_a_start_is_told_as_init_takes_it(bundled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    style(BLUEISH, "mine").save(Path("runs") / "tuesday" / "checkpoint.pt")
    style(RED, "red").save(Path("runs") / "red" / "checkpoint.pt")  # called like a bundled one
    starts = [c.start for c in nearest_first(TINY_LITE, signature_of(BLUEISH, 64), Path("runs"))]
    own = [str(Path("runs") / name) for name in ("tuesday", "red")]
    assert starts == [own[0], "blue", "red", own[1]]
    assert describe_choice(nearest_first(TINY_LITE, signature_of(BLUEISH, 64), Path("runs"))).startswith(
        f"starting from {own[0]} "
    )
    found = [find_warm_start(start) for start in starts]
    files = [bundled / "blue.pt", bundled / "red.pt"]
    assert found == [Path(own[0]) / "checkpoint.pt", *files, Path(own[1]) / "checkpoint.pt"]


def test_a_damaged_run_is_left_out_and_named(bundled: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    damaged = tmp_path / "runs" / "x" / "checkpoint.pt"
    damaged.parent.mkdir(parents=True)
    damaged.write_text("nothing")
    assert len(nearest_first(TINY_LITE, signature_of(BLUE, 64), tmp_path / "runs")) == 2
    assert f"not considered as a start: {damaged} is not a checkpoint" in caplog.text


def test_signatures_survive_saving_and_compacting(tmp_path: Path) -> None:
    checkpoint = style(RED, "red")
    checkpoint.compact().save(tmp_path / "x.pt")
    loaded = load_checkpoint(tmp_path / "x.pt").signature
    assert loaded is not None
    assert all(torch.equal(loaded[n], values) for n, values in signature_of(RED, 64).items())


def test_the_bundled_styles_are_signed_and_small() -> None:
    paths = sorted(WARM_STARTS.glob("*.pt"))
    assert paths
    for path in paths:
        checkpoint = load_checkpoint(path)
        assert checkpoint.signature is not None, path.name
        assert checkpoint.finished
        assert path.stat().st_size < 2e6
    nearest = nearest_first(PRESETS["lite"], load_checkpoint(paths[0]).signature or {}, Path("none"))
    names = {c.checkpoint.identity.name for c in nearest}
    assert names == {path.stem for path in paths}, "also those whose last training was short"
    assert (nearest[0].checkpoint.identity.name, nearest[0].distance) == (paths[0].stem, 0)


def test_signing_a_checkpoint_keeps_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, painting = tmp_path / "x.pt", tmp_path / "red.png"
    unsigned = replace(style(RED, "red"), signature=None)
    unsigned.save(path)
    write_picture(painting, RED)
    monkeypatch.setattr(sys, "argv", ["warm_start", str(path), str(painting)])
    runpy.run_path(warm_start.__file__, run_name="__main__")
    signed = load_checkpoint(path)
    assert signed.signature is not None
    assert distance(signed.signature, signature_of(RED, 64)) == 0
    assert (signed.identity, signed.step, signed.training) == (unsigned.identity, unsigned.step, unsigned.training)


def test_sizes_of_paintings_and_the_words_for_a_choice() -> None:
    sizes = [style_size_of({"style_size": size}) for size in (32, 65536, 31, 65537, 64.0, True, None)]
    assert sizes == [32, 65536, 640, 640, 640, 640, 640]
    assert style_size_of({}) == 640
    of = [Candidate(name, random_checkpoint(TINY_LITE), 0.125 * place) for place, name in enumerate("abcde")]
    told = "starting from a 0.00 (0: the same painting, 1: unrelated"
    assert describe_choice(of[:1]) == f"{told}); --init chooses another"
    assert describe_choice(of) == f"{told}; next: b 0.12, c 0.25, d 0.38); --init chooses another"
