"""Tests what a worker is told to train, and options of nst-train that cannot be meant together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nstcam.train.cli.on_cluster import check_cluster, order_of
from nstcam.train.cli.train_options import TrainOptions
from nstcam.train.errors import TrainError, UsageError
from nstcam.train.fit.loop import CHECKPOINT_NAME
from nstcam.train.picture import write_picture
from tests.support.models.tiny import TINY_LITE, random_checkpoint


def options(**values: Any) -> TrainOptions:
    names = (
        "content init steps minutes stroke style_size batch crop loss_weights threads processes cluster workers name"
    )
    usual = dict.fromkeys([*names.split(), "run", "preview"])
    given: dict[str, Any] = {
        "style": Path("a.png"), "preset": "lite", "style_strength": 1.0, "calm": 0.0, "patches": 0.0,
        "learning_rate": 0.004,
        "loss_network": "vgg16", "device": "cpu", "seed": 0, "title": "", "artist": "", "year": "", "licence": "",
        "resume": False, "preview_every": 50, "settings_given": (),
    }  # fmt: skip
    return TrainOptions(**{**usual, **given, **values})


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"preset": "wide"}, "--preset wide is unknown"), ({"crop": 100},
        "--crop 100 is not a multiple of 16; use --crop 96"),
        ({"crop": 40}, "--crop 40 is not a multiple of 16; use --crop 64"),
        ({"stroke": "large", "style_size": 9}, "--stroke large means --style-size 896; give only one of the two"),
        ({"steps": 5, "minutes": 2.5}, "--steps 5 and --minutes 2.5 are both lengths"),
        ({"resume": True, "settings_given": ("--seed", "--crop")}, "leave out --seed --crop"),
        ({"name": "a b"}, "a b"), ({"name": "x" * 201}, "--name has 201 letters; use at most 200"),
        ({"style": None}, "no painting given; add --style PICTURE"),
    ],
)  # fmt: skip
def test_what_no_run_can_have(values: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        options(**values)


def test_what_follows_from_the_options() -> None:
    for fine in ({"crop": 96}, {"resume": True, "style": None}, {"name": "x" * 200}, {"stroke": "small"}):
        options(**fine)
    assert (options().style_name, options().folder) == ("a", Path("runs/a"))
    assert options(name="b", run=Path("c")).folder == Path("c")
    sides = [options(**v).painting_side for v in ({}, {"stroke": "small"}, {"stroke": "large"}, {"style_size": 99})]
    assert sides == [640, 448, 896, 99]
    assert options(content=[Path("x")]).content_paths == (str(Path("x").resolve()),)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"workers": 2}, "--workers is for --cluster"), ({"cluster": " "}, "--cluster takes local, auto"),
        ({"cluster": "local", "processes": 2}, "leave out --processes"),
        ({"cluster": "local", "preview": "camera"}, "leave out --preview"),
        ({"cluster": "local", "style": None, "resume": True}, "--cluster needs to know the styles"),
    ],
)  # fmt: skip
def test_what_a_cluster_cannot_do(values: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        check_cluster(options(**values))
    check_cluster(options())
    check_cluster(options(cluster="local", workers=2))


def test_an_order_has_the_words_of_the_command_line_and_the_files(tmp_path: Path) -> None:
    painting, weights, run = tmp_path / "a.png", tmp_path / "w.pth", tmp_path / "run"
    write_picture(painting, np.zeros((32, 40, 3), np.uint8))
    order = order_of(
        options(style=painting, run=run, loss_weights=weights, init="none", content=[tmp_path], steps=7), 3
    )
    assert order is not None
    assert (order.name, order.folder, order.resume, order.step) == ("a", run, False, 0)
    assert order.work["painting"] == ("a.png", painting.read_bytes())
    assert order.work["start"] is None
    assert order.work["arguments"] == [
        "--device", "cpu", "--threads", "3", "--preview-every", "50", "--content", str(tmp_path),
        "--loss-weights", str(weights), "--init", "none", "--preset", "lite", "--steps", "7", "--style-strength", "1.0",
        "--calm", "0.0", "--patches", "0.0", "--learning-rate", "0.004", "--loss-network", "vgg16", "--seed", "0",
        "--name", "a",
    ]  # fmt: skip
    run.mkdir()
    random_checkpoint(TINY_LITE).save(run / CHECKPOINT_NAME)
    with pytest.raises(TrainError, match="already holds a trained style; continue it with --resume, or choose another"):
        order_of(options(style=painting, run=run), 3)
