"""Tests who makes the crops of a training (itself on a CPU, workers beside a GPU), and that they are the same."""

from __future__ import annotations

import gc
import itertools
import os
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from nstcam.train.content.scenes import SceneMaker
from nstcam.train.content.sources import BuiltInSource
from nstcam.train.cores import available_cores
from nstcam.train.fit import batches
from nstcam.train.fit.batches import MOST_WORKERS, training_batches, worker_count
from nstcam.train.picture import Picture
from nstcam.train.processes import Processes
from tests.support.training.short import SHORT

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(("cores", "workers"), [(1, 0), (2, 1), (16, 15), (500, MOST_WORKERS)])
def test_beside_a_gpu_every_core_but_one_makes_crops(cores: int, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "available_cores", lambda: cores)
    assert worker_count(CUDA) == workers
    assert worker_count(CUDA, 4) == min(max(cores // 4 - 1, 0), MOST_WORKERS)
    assert worker_count(CPU) == 0


def test_cores_of_a_container_are_those_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 6}, raising=False)
    assert available_cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    assert available_cores() == 7
    monkeypatch.setattr(os, "cpu_count", lambda: None)  # where the system does not say
    assert available_cores() == 1


def test_workers_make_the_crops_that_the_training_would_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each loader has one OpenCV thread; otherwise as many threads would run as the square of the number of cores."""
    source = Counted()
    alone = training_batches(SHORT, source, 5, CPU)
    expected = [next(alone) for _ in range(3)]
    monkeypatch.setattr(batches, "worker_count", lambda *_: 2)
    gc.collect()  # or a forked process may collect what other tests left, and wait for threads that it does not have
    beside = training_batches(SHORT, source, 5, CPU)
    for batch in expected:
        assert torch.equal(next(beside), batch)
    monkeypatch.setattr(Counted, "expected_threads", 1)
    for batch in training_batches(SHORT, source, 8, CPU):
        assert len(batch) == 1
        break


class Counted(BuiltInSource):
    """Fails in a process with another number of OpenCV's threads; 0 is any."""

    expected_threads = 0

    def picture(self, rng: object, size: int) -> Picture:
        assert self.expected_threads in (0, cv2.getNumThreads())
        return super().picture(rng, size)  # type: ignore[arg-type]


def test_only_the_box_of_a_shape_is_painted_and_nothing_else_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scene is the same where all that lies around a shape is painted as well, with an alpha of 0."""
    maker = SceneMaker([np.random.default_rng(1).integers(0, 256, (50, 60, 3), np.uint8)])
    boxed = maker.scene(64, np.random.default_rng(2))
    paint, areas = SceneMaker._paint, []

    def everywhere(self: SceneMaker, region: object, alpha: object, palette: object, rng: object, box: object) -> None:
        height, width = alpha.shape  # type: ignore[attr-defined]
        areas.append((alpha[box].size, height * width))  # type: ignore[index]
        paint(self, region, alpha, palette, rng, (slice(height), slice(width)))  # type: ignore[arg-type]

    monkeypatch.setattr(SceneMaker, "_paint", everywhere)
    assert np.array_equal(maker.scene(64, np.random.default_rng(2)), boxed)
    painted, around = (sum(column) for column in zip(*areas, strict=True))
    assert painted < 0.7 * around


def test_chosen_crops_are_the_same_after_a_resume_and_for_all_processes() -> None:
    config = replace(SHORT, batch=2, crop_choice=4)
    source = BuiltInSource()
    whole = list(itertools.islice(training_batches(config, source, 0, CPU), 4))
    assert torch.equal(next(training_batches(config, source, 6, CPU)), whole[3])
    second = training_batches(config, source, 0, CPU, Processes(1, 2, 1, 2))
    assert torch.equal(next(second), whole[0][1:])
    as_drawn = list(itertools.islice(training_batches(replace(config, crop_choice=1), source, 0, CPU), 8))
    places = [[torch.equal(crop, other) for other in torch.cat(as_drawn)].index(True) for crop in torch.cat(whole)]
    assert sorted(places) != places, "in another order"
    assert len(set(places)) == len(places)
