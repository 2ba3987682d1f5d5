"""Tests keeping what was learnt as an ordinary style."""

from __future__ import annotations

from pathlib import Path

import pytest

from nstcam.realtime.errors import StyleError
from nstcam.realtime.learning.kept import check_free, keep
from nstcam.realtime.learning.learner import Learner
from nstcam.realtime.style_files.library import find_style
from tests.support.fakes.learning import ENDS, painted


@pytest.fixture(name="learner")
def _learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Learner:
    monkeypatch.setenv("NSTCAM_STYLES", str(tmp_path / "styles"))
    learner = Learner(painted(tmp_path), command=ENDS)
    assert learner.wait(60)
    return learner


def test_it_is_found_by_its_name_and_stays_when_the_learner_ends(learner: Learner, tmp_path: Path) -> None:
    assert learner.newest is not None
    kept = keep(learner.newest)
    learner.close()
    found = find_style("kiss")
    assert found.path == kept.path == tmp_path / "styles" / "kiss.onnx"
    assert found.int8_path is not None
    assert (found.name, found.painting, found.learnt) == ("kiss", None, False)
    assert sorted(path.name for path in (tmp_path / "styles").iterdir()) == ["kiss.int8.onnx", "kiss.onnx"]


def test_a_name_that_is_taken_gets_a_number(learner: Learner) -> None:
    assert learner.newest is not None
    names = [keep(learner.newest).name for _ in range(3)]
    assert names == ["kiss", "kiss-2", "kiss-3"]
    assert find_style("kiss-3").name == "kiss-3"
    learner.close()


def test_a_name_that_was_asked_for_is_not_replaced_unless_allowed(learner: Learner) -> None:
    assert learner.newest is not None
    check_free("kiss", overwrite=False)
    keep(learner.newest, "kiss")
    with pytest.raises(StyleError, match="--overwrite"):
        check_free("kiss", overwrite=False)
    with pytest.raises(StyleError, match="--overwrite"):
        keep(learner.newest, "kiss")
    assert keep(learner.newest, "kiss", overwrite=True).name == "kiss"
    learner.close()
